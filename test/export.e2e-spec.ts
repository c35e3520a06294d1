import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { deferred, until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';
const MANY = 100_000;

interface Line {
  readonly id?: string;
  readonly complete?: true;
  readonly count?: number;
}
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

describe('GET /api/organizations/{id}/users/export', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let large: string;

  beforeAll(async () => {
    // A page that a test holds is late for nobody.
    running = await startGateway({ UPSTREAM_TIMEOUT_MS: '60000', UPSTREAM_AGGREGATE_DEADLINE_MS: '60000' });
    client = await running.as();
    large = await organization();
    running.sandbox.populate(large, MANY);
  });
  beforeEach(() => running.sandbox.forget());
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const organization = async (userIds: readonly string[] = []): Promise<string> => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Exported' });
    const { id } = json as { id: string };
    if (userIds.length > 0) await running.tokens.api('POST', `/api/organizations/${id}/users`, { userIds });
    running.sandbox.forget();
    return id;
  };
  const exported = async (id: string, token?: Promise<string>) => {
    const response = await fetch(`${running.gateway.url}/api/organizations/${id}/users/export`, {
      headers: { authorization: `Bearer ${await (token ?? running.tokens.service())}`, accept: 'application/x-ndjson' },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  /** An export whose body is not read yet. */
  const open = async (id: string): Promise<IncomingMessage> => {
    const headers = { authorization: `Bearer ${await running.tokens.service()}` };
    const request = get(`${running.gateway.url}/api/organizations/${id}/users/export`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  };
  const requestedPages = (): number =>
    running.upstreamCalls().filter((call) => call.includes(`${large}/users?`)).length;
  /** How many pages of the crowd have been asked for, once the whole of another export brings no more. */
  const settled = async (): Promise<number> => {
    for (let last = -1; ;) {
      const now = requestedPages();
      if (now === last) return now;
      last = now;
      await exported(running.sandbox.demo.organizations.travel);
    }
  };
  /** Leaves, and waits until the gateway has noticed. */
  const leave = async (response: IncomingMessage): Promise<void> => {
    const left = (): number => running.logs.filter((line) => line.includes('"aborted":true')).length;
    const before = left();
    response.destroy();
    await until('the gateway to notice', () => left() > before);
  };

  it('has a line for each member by id, with its roles, and a summary at the end', async () => {
    const { travel } = running.sandbox.demo.organizations;
    const { status, headers, text } = await exported(travel);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text.endsWith('{"complete":true,"count":250}\n')).toBe(true);
    const lines = linesOf(text);
    expect(lines.pop()).toEqual({ complete: true, count: 250 });
    const pages = await Promise.all(
      [1, 2, 3].map((page) =>
        running.tokens.api('GET', `/api/organizations/${travel}/users?page=${page}&page_size=100`),
      ),
    );
    expect(lines).toEqual(pages.flatMap(({ json }) => json));
  });

  it('reads a page per hundred members each time, because exports are not cached', async () => {
    const { travel } = running.sandbox.demo.organizations;
    const pages = [1, 2, 3].map((page) => `GET /api/organizations/${travel}/users?page=${page}&page_size=100`);
    await exported(travel);
    expect(running.upstreamCalls()).toEqual(pages);
    await exported(travel);
    expect(running.upstreamCalls()).toEqual([...pages, ...pages]);
  });

  it('includes members who were added directly at Logto', async () => {
    const id = await organization();
    await client.get(`/api/organizations/${id}/users`).expect(200);
    await running.tokens.api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
    expect(linesOf((await exported(id)).text)).toMatchObject([{ id: 'ada000000000' }, { count: 1 }]);
  });

  it('has only the summary for an organization without members', async () => {
    expect(await exported(await organization())).toMatchObject({ status: 200, text: '{"complete":true,"count":0}\n' });
  });

  it('is 404 for an unknown organization', async () => {
    const { status, headers, text } = await exported(UNKNOWN);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ code: 'entity.not_exists_with_id' });
  });

  it('is a problem when the first page fails', async () => {
    running.sandbox.faults.add({ path: /\/users\?/, status: 500 });
    const { body } = await client
      .get(`/api/organizations/${large}/users/export`)
      .expect(502)
      .expect('content-type', 'application/problem+json');
    expect(body.code).toBe('upstream.error');
  });

  it('is 406 for callers that accept only JSON', async () => {
    await client.get(`/api/organizations/${large}/users/export`).set('accept', 'application/json').expect(406);
    expect(running.upstreamCalls()).toEqual([]);
  });

  it('requires read:members', async () => {
    const nothing = await running.as(running.tokens.nothing());
    await nothing.get(`/api/organizations/${large}/users/export`).expect(403);
    await running.anonymous().get(`/api/organizations/${large}/users/export`).expect(401);
  });

  it('has public profiles for organization tokens', async () => {
    const { organizations, users } = running.sandbox.demo;
    const { text } = await exported(
      organizations.travel,
      running.tokens.organization(organizations.travel, users.member),
    );
    const [first] = linesOf(text);
    expect(Object.keys(first ?? {}).toSorted()).toEqual([
      'avatar',
      'id',
      'name',
      'organizationRoles',
      'primaryEmail',
      'primaryPhone',
      'username',
    ]);
    expect(text).not.toContain('customData');
    expect((await exported(organizations.travel)).text).toContain('customData');
  });

  it('reads one page on HEAD', async () => {
    const { text } = await client.head(`/api/organizations/${large}/users/export`).expect(200);
    expect(text ?? '').toBe('');
    expect(await settled()).toBeLessThanOrEqual(3);
  });

  it('closes the connection without a summary when a page fails', async () => {
    running.sandbox.faults.add({ path: /page=3&/, status: 500 });
    const response = await open(running.sandbox.demo.organizations.travel);
    expect(response.statusCode).toBe(200);
    let text = '';
    const reading = (async () => {
      for await (const chunk of response) text += String(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(response.complete).toBe(false);
    expect(text).not.toContain('"complete":true');
    // The lines before are complete.
    expect(linesOf(text.slice(0, text.lastIndexOf('\n'))).length).toBeLessThanOrEqual(200);
  });

  it('gives the first line within two round trips to Logto', async () => {
    const released = deferred<void>();
    running.sandbox.faults.add({ path: /page=2&/, delayUntil: released.promise });
    const response = await open(large);
    await once(response, 'readable');
    // One for the first page. The second is asked for ahead, and not waited for.
    const pages = [1, 2].map((page) => `GET /api/organizations/${large}/users?page=${page}&page_size=100`);
    expect(running.upstreamCalls()).toEqual(pages.slice(0, running.upstreamCalls().length));
    await leave(response);
    released.resolve();
  });

  it('asks for no more than one page after the reader has left', async () => {
    const response = await open(large);
    const ahead = await settled();
    await leave(response);
    expect(await settled()).toBeLessThanOrEqual(ahead + 1);
  });

  it('stops reading when the client disconnects', async () => {
    const response = await open(large);
    await once(response, 'data');
    await leave(response);
    expect(await settled()).toBeLessThan(300);
    // Another one is served as if nothing had been.
    expect((await exported(await organization())).status).toBe(200);
  });

  it('waits for a client that does not read, and continues when it does', async () => {
    const response = await open(large);
    const ahead = await settled();
    // Only what fits into the socket buffers on both sides, out of a thousand pages.
    expect(ahead).toBeLessThan(400);
    for (let chunks = 0; chunks < 200; chunks += 1) if (response.read() === null) await once(response, 'readable');
    await until('further pages are asked for', () => requestedPages() > ahead);
    await leave(response);
    expect(await settled()).toBeLessThan(1000);
  });

  it('gives a hundred thousand members, each once', async () => {
    const response = await open(large);
    const ids = new Set<string>();
    let rest = '';
    let last: Line = {};
    for await (const chunk of response) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const line of linesOf(parts.join('\n'))) {
        if (line.id !== undefined) ids.add(line.id);
        last = line;
      }
    }
    expect(rest).toBe('');
    expect(last).toEqual({ complete: true, count: MANY });
    expect(ids.size).toBe(MANY);
    expect(requestedPages()).toBe(MANY / 100);
  }, 90_000);
});
