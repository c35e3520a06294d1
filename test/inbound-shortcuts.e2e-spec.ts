import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { operationsOf } from '../src/openapi/parameters.js';
import { type Answer, jsonOf, settled, textOf } from './support/answers.js';
import { type BothWays, startBothWays } from './support/both-ways.js';
import type { Running } from './support/start-gateway.js';

const WEBHOOK_KEY = 'known-to-both';

describe('shortcuts', () => {
  let ways: BothWays;
  let running: Running;
  let service: string;
  let path: string;
  let id: string;

  beforeAll(async () => {
    ways = await startBothWays({ LOGTO_WEBHOOK_SIGNING_KEY: WEBHOOK_KEY });
    ({ running } = ways);
    service = await running.tokens.service();
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Small', description: 'before' });
    ({ id } = json as { id: string });
    path = `/api/organizations/${id}`;
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => ways.close());

  const answered = async (): Promise<number> => {
    const { text } = await running.anonymous().get('/metrics');
    return Number(/gateway_answers_total\{by="remembered"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const read = (more: Record<string, string> = {}, token = service, where = path) => ways.short(where, token, more);
  const description = (answer: Answer) => (jsonOf(answer) as { description: string }).description;
  /** The number of remembered answers that were given during `work`. */
  const counting = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await answered();
    await work();
    return (await answered()) - before;
  };
  const warm = async () => {
    await read();
    await read();
  };

  it('answer a repeated read as the framework does', async () => {
    expect(await counting(() => read())).toBe(0);
    const long = await ways.long(path, service);
    let short: Answer | undefined;
    expect(await counting(async () => (short = await read()))).toBe(1);
    expect(settled(short as Answer)).toEqual(settled(long));
    expect(short?.headers).toMatchObject({
      age: '0',
      'cache-status': expect.stringMatching(/^org-gateway; hit; ttl=\d+$/),
      'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
      'server-timing': expect.stringMatching(/^total;dur=[\d.]+, upstream;dur=0.0;desc="0 calls"$/),
      ratelimit: expect.stringMatching(/^"default";r=\d+;t=\d+$/),
      'ratelimit-policy': '"default";q=10000;w=10',
    });
  });

  it('give the same answers as the framework on every route, to every caller, in every encoding', async () => {
    const { sandbox, tokens, gateway } = running;
    const { organization, users } = sandbox.demo;
    const callers = [
      service,
      await tokens.reader(),
      await tokens.nothing(),
      await tokens.organization(organization, users.owner),
      await tokens.organizationApi(organization, users.guest),
      await tokens.user(users.owner),
    ];
    const paths = operationsOf(gateway.document)
      .filter(({ method, path: pattern }) => method === 'get' && pattern.startsWith('/api/'))
      .map(({ path: pattern }) => pattern.replace('{id}', organization).replace('{userId}', users.owner))
      .filter((where) => !where.endsWith('/export'));
    const encodings: Record<string, string>[] = [{}, { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'br' }];
    // Verifies each token once.
    for (const token of callers) await ways.short('/api/nothing', token);
    let compared = 0;
    let direct = 0;
    const taken = await counting(async () => {
      for (const where of paths) {
        for (const token of callers) {
          for (const headers of encodings) {
            const long = await ways.long(where, token, headers);
            const first = await ways.short(where, token, headers);
            const second = await ways.short(where, token, headers);
            const said = (answer: Answer) => [where, headers, settled(answer)];
            expect(said(first)).toEqual(said(long));
            expect(said(second)).toEqual(said(long));
            compared += 1;
            direct += ways.wayOf(first) === 'dispatch' ? 1 : 0;
            if (long.status !== 200) continue;
            const named = { ...headers, 'if-none-match': String(long.headers['etag']) };
            const [longNamed, shortNamed] = [
              await ways.long(where, token, named),
              await ways.short(where, token, named),
            ];
            expect(shortNamed.status).toBe(304);
            expect(said(shortNamed)).toEqual(said(longNamed));
          }
        }
      }
    });
    expect(compared).toBeGreaterThan(150);
    expect(direct).toBeGreaterThan(80);
    expect(taken).toBeGreaterThan(100);
  }, 60_000);

  it.each<[string, string, Record<string, string>]>([
    ['HEAD', 'HEAD', {}],
    ['no-cache', 'GET', { 'cache-control': 'no-cache' }],
    ['only-if-cached', 'GET', { 'cache-control': 'only-if-cached' }],
    ['a media type that is not JSON', 'GET', { accept: 'text/html' }],
    ['a new encoding', 'GET', { 'accept-encoding': 'br' }],
    ['another scheme', 'GET', { authorization: 'bearer x' }],
    ['an invalid token', 'GET', { authorization: 'Bearer x' }],
  ])('do not give a remembered answer for %s', async (_what, method, headers) => {
    const long = `${path}/users`;
    await running.tokens.api('POST', `${path}/users`, {
      userIds: Object.values(running.sandbox.demo.users).slice(0, 4),
    });
    await read({}, service, long);
    expect(await counting(() => ways.short(long, service, headers, method))).toBe(0);
  });

  it('adopt the id of a request, and replace an invalid one', async () => {
    await warm();
    expect((await read({ 'x-request-id': 'request-of-mine' })).headers['x-request-id']).toBe('request-of-mine');
    expect((await read({ 'x-request-id': 'no id' })).headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  });

  it('give no answer from before a write', async () => {
    await warm();
    const client = await running.as();
    await client.patch(path).send({ description: 'after' }).expect(200);
    let answer: Answer | undefined;
    expect(await counting(async () => (answer = await read()))).toBe(0);
    expect(description(answer as Answer)).toBe('after');
  });

  it('give no answer from before a webhook', async () => {
    await warm();
    await running.tokens.api('PATCH', path, { description: 'behind the back' });
    expect(description(await read())).toBe('before');
    const body = JSON.stringify({
      event: 'Organization.Data.Updated',
      createdAt: new Date().toISOString(),
      data: { id },
    });
    await running
      .anonymous()
      .post('/webhooks/logto')
      .set('content-type', 'application/json')
      .set('logto-signature-sha-256', createHmac('sha256', WEBHOOK_KEY).update(body).digest('hex'))
      .send(body)
      .expect(204);
    expect(description(await read())).toBe('behind the back');
  });

  it('give no answer from before a purge', async () => {
    await warm();
    await running.tokens.api('PATCH', path, { description: 'behind the back' });
    await (await running.as()).delete(`/internal/cache?tag=organization:${id}`).expect(204);
    expect(description(await read())).toBe('behind the back');
  });

  it('give no remembered answer to a caller without permission', async () => {
    await warm();
    expect((await read({}, await running.tokens.nothing())).status).toBe(403);
    const outsider = await running.tokens.organization(
      running.sandbox.demo.organization,
      running.sandbox.demo.users.owner,
    );
    expect((await read({}, outsider)).status).toBe(403);
  });

  it('count a request once, in the limit, in the log and in the metrics', async () => {
    await warm();
    running.logs.length = 0;
    const left = async () => Number(/r=(\d+)/.exec(String((await read()).headers['ratelimit']))?.[1]);
    const first = await left();
    expect(await left()).toBe(first - 1);
    const lines = running.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      level: 'info',
      req: { method: 'GET', path },
      res: { status: 200 },
      caller: { kind: 'service' },
      upstreamCalls: 0,
      msg: 'GET 200',
    });
  });

  it('repeat the bytes of an aggregate for a second, and then renew its ages', async () => {
    const overview = `${path}/overview`;
    const sources = async () =>
      Object.values(
        (
          JSON.parse((await read({}, service, overview)).bytes.toString()) as {
            meta: { sections: Record<string, { source: string }> };
          }
        ).meta.sections,
      ).map(({ source }) => source);
    expect(await sources()).toContain('upstream');
    expect(new Set(await sources())).toEqual(new Set(['cache']));
    expect(await counting(() => read({}, service, overview))).toBe(1);
    const before = await answered();
    const startedAt = performance.now();
    let asked = 0;
    // Until one is not a remembered answer.
    for (; (await answered()) - before === asked; asked++) await read({}, service, overview);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    const { meta } = JSON.parse((await read({}, service, overview)).bytes.toString()) as {
      meta: { sections: { organization: { ageMs: number } } };
    };
    expect(meta.sections.organization.ageMs).toBeGreaterThan(500);
  });

  it('are off with EDGE=off', async () => {
    for (let turn = 0; turn < 3; turn++) await ways.long(path, service);
    const text = textOf(await ways.long('/metrics'));
    expect(text).toContain('gateway_answers_total{by="framework"}');
    expect(text).not.toMatch(/by="(remembered|dispatch)"/);
  });
});
