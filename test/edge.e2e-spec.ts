import { createHmac } from 'node:crypto';
import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../src/config/read-config.js';
import { createGateway, type Gateway } from '../src/gateway.js';
import { createLogger } from '../src/observability/logger.js';
import { operationsOf } from '../src/openapi/parameters.js';
import { type Running, startGateway } from './support/start-gateway.js';

const WEBHOOK_KEY = 'known-to-both';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Answers are given again on connections that are kept. */
const agent = new Agent({ keepAlive: true });

/** Raw, so that nothing is unpacked or hidden. */
const ask = (url: string, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get(url + path, { headers, method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    }).on('error', reject);
  });

/** Headers that differ from one answer to the next, whoever gives it. */
const VOLATILE = [
  'date',
  'x-request-id',
  'server-timing',
  'age',
  'cache-status',
  'ratelimit',
  'connection',
  'keep-alive',
];
/** Ages of parts stand in the bytes of aggregates, and in what compressing makes of them. */
const settled = ({ status, headers, bytes }: Answer) => ({
  status,
  headers: Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !VOLATILE.includes(name) && (name !== 'content-length' || !isAggregate(headers)),
    ),
  ),
  // A problem repeats the id of its request.
  body: isAggregate(headers) || status >= 400 ? bytes.length > 0 : bytes.toString('base64'),
});
const isAggregate = (headers: IncomingHttpHeaders): boolean => headers['x-aggregate-complete'] !== undefined;

describe('the edge', () => {
  let running: Running;
  let slow: Gateway;
  let service: string;
  let path: string;
  let id: string;

  beforeAll(async () => {
    running = await startGateway({ EDGE: 'on', LOGTO_WEBHOOK_SIGNING_KEY: WEBHOOK_KEY });
    const { sandbox, tokens } = running;
    const { gateway: client } = sandbox.demo.clients;
    const config = readConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      EDGE: 'off',
      PUBLIC_URL: running.gateway.url,
      LOGTO_ENDPOINT: sandbox.url,
      LOGTO_CLIENT_ID: client.id,
      LOGTO_CLIENT_SECRET: client.secret,
      AUTH_AUDIENCE: sandbox.audience,
    });
    slow = await createGateway(config, createLogger('silent'));
    service = await tokens.service();
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Small', description: 'before' });
    ({ id } = json as { id: string });
    path = `/api/organizations/${id}`;
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(async () => {
    agent.destroy();
    await slow.close();
    await running.close();
  });

  const answered = async (): Promise<number> => {
    const { text } = await running.anonymous().get('/metrics');
    return Number(/gateway_edge_answers_total (\d+)/.exec(text)?.[1]);
  };
  const read = (more: Record<string, string> = {}, token = service, where = path) =>
    ask(running.gateway.url, where, { authorization: `Bearer ${token}`, ...more });
  const description = ({ bytes }: Answer) => (JSON.parse(bytes.toString()) as { description: string }).description;
  /** How many answers of the edge it took. */
  const counting = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await answered();
    await work();
    return (await answered()) - before;
  };
  const warm = async () => {
    await read();
    await read();
  };

  it('answers a repeat read, and says the same as the long way', async () => {
    expect(await counting(() => read())).toBe(0);
    const long = await ask(slow.url, path, { authorization: `Bearer ${service}` });
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

  it('says the same on every route, to every caller, in every encoding', async () => {
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
    const ways: Record<string, string>[] = [{}, { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'br' }];
    let compared = 0;
    const taken = await counting(async () => {
      for (const where of paths) {
        for (const token of callers) {
          for (const way of ways) {
            const headers = { authorization: `Bearer ${token}`, ...way };
            const long = await ask(slow.url, where, headers);
            await ask(gateway.url, where, headers);
            const short = await ask(gateway.url, where, headers);
            expect([where, way, settled(short)]).toEqual([where, way, settled(long)]);
            compared += 1;
            if (long.status !== 200) continue;
            const named = { ...headers, 'if-none-match': String(long.headers['etag']) };
            const [longNamed, shortNamed] = [await ask(slow.url, where, named), await ask(gateway.url, where, named)];
            expect(shortNamed.status).toBe(304);
            expect([where, way, settled(shortNamed)]).toEqual([where, way, settled(longNamed)]);
          }
        }
      }
    });
    expect(compared).toBeGreaterThan(150);
    expect(taken).toBeGreaterThan(100);
  }, 60_000);

  it.each<[string, string, Record<string, string>]>([
    ['HEAD', 'HEAD', {}],
    ['no-cache', 'GET', { 'cache-control': 'no-cache' }],
    ['only-if-cached', 'GET', { 'cache-control': 'only-if-cached' }],
    ['another origin', 'GET', { origin: 'https://app.example.com' }],
    ['a media type that is not JSON', 'GET', { accept: 'text/html' }],
    ['media types that are weighed', 'GET', { accept: 'application/json;q=0.5' }],
    ['an encoding it has not made yet', 'GET', { 'accept-encoding': 'br' }],
    ['another scheme', 'GET', { authorization: 'bearer x' }],
    ['no good token', 'GET', { authorization: 'Bearer x' }],
  ])('leaves %s to the long way', async (_what, method, headers) => {
    const long = `${path}/users`;
    await running.tokens.api('POST', `${path}/users`, {
      userIds: Object.values(running.sandbox.demo.users).slice(0, 4),
    });
    await read({}, service, long);
    expect(
      await counting(() => ask(running.gateway.url, long, { authorization: `Bearer ${service}`, ...headers }, method)),
    ).toBe(0);
  });

  it('takes over the id of a request, and replaces what looks like none', async () => {
    await warm();
    expect((await read({ 'x-request-id': 'request-of-mine' })).headers['x-request-id']).toBe('request-of-mine');
    expect((await read({ 'x-request-id': 'no id' })).headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  });

  it('is over with a write', async () => {
    await warm();
    const client = await running.as();
    await client.patch(path).send({ description: 'after' }).expect(200);
    let answer: Answer | undefined;
    expect(await counting(async () => (answer = await read()))).toBe(0);
    expect(description(answer as Answer)).toBe('after');
  });

  it('is over with a webhook', async () => {
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

  it('is over with a purge', async () => {
    await warm();
    await running.tokens.api('PATCH', path, { description: 'behind the back' });
    await (await running.as()).delete(`/internal/cache?tag=organization:${id}`).expect(204);
    expect(description(await read())).toBe('behind the back');
  });

  it('knows nothing for who may not', async () => {
    await warm();
    expect((await read({}, await running.tokens.nothing())).status).toBe(403);
    const stranger = await running.tokens.organization(
      running.sandbox.demo.organization,
      running.sandbox.demo.users.owner,
    );
    expect((await read({}, stranger)).status).toBe(403);
  });

  it('counts a request once, in the limit, in the log and in the metrics', async () => {
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

  it('gives an aggregate again for a second, and then its ages are said anew', async () => {
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
    // Until one is answered the long way.
    for (; (await answered()) - before === asked; asked++) await read({}, service, overview);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    const { meta } = JSON.parse((await read({}, service, overview)).bytes.toString()) as {
      meta: { sections: { organization: { ageMs: number } } };
    };
    expect(meta.sections.organization.ageMs).toBeGreaterThan(500);
  });

  it('is not there with EDGE=off', async () => {
    for (let turn = 0; turn < 3; turn++) await ask(slow.url, path, { authorization: `Bearer ${service}` });
    const text = (await ask(slow.url, '/metrics', {})).bytes.toString();
    expect(text).toContain('gateway_edge_answers_total 0');
  });
});
