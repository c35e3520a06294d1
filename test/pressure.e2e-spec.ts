import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { startReplicas } from './support/start-replicas.js';

const path = '/api/organizations/fernweh00000';

/**
 * What Logto may be asked, at the gateway and at the sandbox: as Logto Cloud has it. Calls are paid for when they leave and
 * counted when they arrive; beside ten seconds it does not matter that a busy machine delays some.
 */
const BUDGET = '200/10s';
const QUOTA = { calls: 200, windowMs: 10_000 };
/** What leaves in so long: a quarter of it at once, and then 14 a second. */
const mostIn = (ms: number): number => 50 + 0.014 * ms;

interface ReadyDetails {
  readonly upstream: { readonly circuit: string; readonly inFlight: number; readonly waiting: number };
  readonly tokenEndpoint: { readonly circuit: string };
}

let running: Running;
let close: (() => Promise<void>) | undefined;
const start = async (env: NodeJS.ProcessEnv = {}) => {
  running = await startGateway(env);
  close = running.close;
  return running.as();
};
afterEach(async () => {
  await close?.();
  close = undefined;
});

const details = async (): Promise<ReadyDetails> =>
  ((await running.anonymous().get('/health/ready')).body as { details: ReadyDetails }).details;
const statusesAtLogto = (status: number): number =>
  running.sandbox.requests.filter((call) => call.status === status).length;

describe('a Logto that is failing', () => {
  it('is asked at most a fifth more often while half of the calls are 503', async () => {
    // Chance may fail enough calls in a row to open the circuit, which is asked about elsewhere.
    const client = await start({ UPSTREAM_BREAKER_CALLS: '0' });
    const calls = 300;
    const reads = (prefix: string) =>
      Promise.all(Array.from({ length: calls }, (_, index) => client.get(`/api/organizations/${prefix}${index}`)));
    await reads('calm');
    const calm = running.upstreamCalls().length;
    expect(calm).toBe(calls);
    running.sandbox.forget();
    running.sandbox.faults.add({ path: /broken/, chance: 0.5, status: 503 });
    await reads('broken');
    const troubled = running.upstreamCalls().length;
    expect(troubled).toBeGreaterThan(calm);
    expect(troubled).toBeLessThanOrEqual(calm * 1.2);
  });

  it('is left alone once the circuit is open, and asked again when it is well', async () => {
    const client = await start({ UPSTREAM_BREAKER_CALLS: '5', UPSTREAM_BREAKER_OPEN_MS: '300' });
    running.sandbox.faults.add({ path: /organizations/, status: 500 });
    for (let i = 0; i < 5; i += 1) {
      await client.get(`/api/organizations/failing${i}`).expect(502);
    }
    running.sandbox.forget();
    const { body, headers } = await client.get(path).expect(503);
    expect(body).toMatchObject({ code: 'upstream.unavailable' });
    expect(headers['retry-after']).toBe('1');
    expect(running.upstreamCalls()).toEqual([]);
    expect(await details()).toMatchObject({ upstream: { circuit: 'open' }, tokenEndpoint: { circuit: 'closed' } });
    expect((await running.anonymous().get('/metrics')).text).toContain('gateway_upstream_circuit_state{to="api"} 2');

    running.sandbox.faults.clear();
    await until('the circuit to close', async () => (await client.get(path)).status === 200);
    expect((await details()).upstream).toEqual({ circuit: 'closed', inFlight: 0, waiting: 0 });
  });

  it('gives no new token: the old one serves, and the token endpoint is left alone', async () => {
    const client = await start({ UPSTREAM_BREAKER_OPEN_MS: '60000' });
    await client.get(path).expect(200);
    running.sandbox.forget();
    running.sandbox.faults.add({ path: /oidc\/token/, status: 500 });
    running.sandbox.faults.add({ path: /organizations\/revoked/, status: 401 });
    for (let i = 0; i < 6; i += 1) {
      await client.get(`/api/organizations/revoked${i}`);
    }
    expect(running.sandbox.requests.filter(({ path: asked }) => asked === '/oidc/token')).toHaveLength(3);
    expect(await details()).toMatchObject({ upstream: { circuit: 'closed' }, tokenEndpoint: { circuit: 'open' } });
    await client.get(path).set('cache-control', 'no-cache').expect(200);
  });

  it('is asked for one new token when many are refused with the old one', async () => {
    const client = await start({ UPSTREAM_CONNECTIONS: '32' });
    running.sandbox.forget();
    running.sandbox.faults.add({ path: /organizations/, status: 401, times: 32, delayMs: 200 });
    await Promise.all(Array.from({ length: 100 }, (_, index) => client.get(`/api/organizations/cold${index}`)));
    expect(running.sandbox.requests.filter(({ path: asked }) => asked === '/oidc/token')).toHaveLength(1);
  });
});

describe('a Logto that is slow', () => {
  it('has no more calls under way and waiting than it may', async () => {
    const client = await start({ UPSTREAM_CONNECTIONS: '2', UPSTREAM_QUEUE: '3' });
    running.sandbox.latencyMs = 200;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => client.get(`/api/organizations/slow${index}`)),
    );
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.map(({ body }) => (body as { code: string }).code)).toEqual(Array(3).fill('upstream.busy'));
    expect(busy.every(({ headers }) => headers['retry-after'] === '1')).toBe(true);
  });

  it('costs a request no more than its whole time, however many calls it takes', async () => {
    const client = await start({ UPSTREAM_DEADLINE_MS: '400', UPSTREAM_AGGREGATE_DEADLINE_MS: '500' });
    running.sandbox.latencyMs = 300;
    const startedAt = performance.now();
    // Two calls one after another: the list, and whether the organization exists.
    const list = await client.get('/api/organizations/nowhere/users').expect(504);
    expect((list.body as { code: string }).code).toBe('upstream.timeout');
    expect(performance.now() - startedAt).toBeLessThan(580);
    // Three pages, the second and third after the first.
    const overview = await client.get(`${path}/overview`).expect(200);
    expect(overview.body).toMatchObject({
      meta: { sections: { members: { status: 'failed', code: 'upstream.timeout' } } },
    });
  });

  it('is not kept busy by clients who have left', async () => {
    const client = await start();
    running.sandbox.faults.add({ path: /organizations/, hang: true });
    const token = await running.tokens.service();
    const leaver = request(`${running.gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    leaver.on('error', () => undefined);
    leaver.end();
    await until('the call to be under way', async () => (await details()).upstream.inFlight === 1);
    leaver.destroy();
    await until('the call to be called off', async () => (await details()).upstream.inFlight === 0, 1000);
    expect(running.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    running.sandbox.faults.clear();
    await client.get(path).expect(200);
  });

  it('answers those who stay when one of them leaves', async () => {
    const client = await start();
    running.sandbox.latencyMs = 150;
    const token = await running.tokens.service();
    running.sandbox.forget();
    const leaver = request(`${running.gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    leaver.on('error', () => undefined);
    leaver.end();
    await until('the call to be under way', () => running.upstreamCalls().length === 1);
    const staying = client
      .get(path)
      .expect(200)
      .then((answer) => answer);
    setTimeout(() => leaver.destroy(), 50);
    await staying;
    expect(running.upstreamCalls()).toHaveLength(1);
  });

  it('carries out the write of a client who has left', async () => {
    const client = await start();
    running.sandbox.latencyMs = 100;
    const token = await running.tokens.service();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const leaver = request(`${running.gateway.url}${path}`, { method: 'PATCH', headers });
    leaver.on('error', () => undefined);
    leaver.end(JSON.stringify({ description: 'by somebody who left' }));
    await once(leaver, 'finish');
    await until('the write to be sent', () => running.upstreamCalls().includes(`PATCH ${path}`));
    leaver.destroy();
    await until('the write to be over', async () => (await details()).upstream.inFlight === 0);
    const { body } = await client.get(path).set('cache-control', 'no-cache');
    expect(body).toMatchObject({ description: 'by somebody who left' });
  });
});

describe('a large insert', () => {
  it('has at most two pages of overviews beside it', async () => {
    const client = await start({ CACHE_MAX_BYTES: '0' });
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Large' });
    const { id } = json as { id: string };
    running.sandbox.populate(id, 1500);
    const members = (await running.tokens.api('GET', `/api/organizations/${id}/users?page_size=100`)).json as {
      id: string;
    }[];
    const more = (await running.tokens.api('GET', `/api/organizations/${id}/users?page=2&page_size=100`)).json as {
      id: string;
    }[];
    const userIds = [...members, ...more].map((member) => member.id).slice(0, 150);
    running.sandbox.faults.add({ method: 'POST', delayMs: 600 });
    running.sandbox.faults.add({ method: 'GET', delayMs: 30 });
    running.sandbox.forget();
    const write = client
      .post(`/api/organizations/${id}/users`)
      .send({ userIds })
      .expect(201)
      .then((answer) => answer);
    await until('the insert to be under way', () => running.upstreamCalls().length === 1);
    const overview = client
      .get(`/api/organizations/${id}/overview`)
      .expect(200)
      .then((answer) => answer);
    let most = 0;
    const watch = setInterval(() => {
      const [insert, ...pages] = running.sandbox.requests.filter(({ path: asked }) => asked.startsWith('/api/'));
      if (insert?.status === 0) most = Math.max(most, pages.filter(({ status }) => status === 0).length);
    }, 3);
    await write;
    const during = running.upstreamCalls().length - 1;
    clearInterval(watch);
    expect(most).toBe(2);
    expect(during).toBeGreaterThan(10);
    expect(((await overview).body as { members: unknown[] }).members).toHaveLength(1500);
  });
});

describe('a Logto with a quota', () => {
  const burst = async (clients: readonly Awaited<ReturnType<Running['as']>>[], count = 1000): Promise<number[]> => {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        clients[index % clients.length]?.get(`${path}/overview?memberLimit=1`).set('cache-control', 'no-cache'),
      ),
    );
    return answers.map((answer) => answer?.status ?? 0);
  };

  it('says "too many" to none of a thousand overviews asked at once', async () => {
    const client = await start({ UPSTREAM_BUDGET: BUDGET });
    running.sandbox.faults.add({ path: /^\/api/, quota: QUOTA });
    running.sandbox.forget();
    const startedAt = performance.now();
    const statuses = await burst([client]);
    expect(statusesAtLogto(429)).toBe(0);
    expect(running.upstreamCalls().length).toBeLessThanOrEqual(mostIn(performance.now() - startedAt));
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    // What is more urgent was kept room for.
    await client.patch(path).send({ description: 'in the middle of it' }).expect(200);
  });

  it('is left alone for as long as it says', async () => {
    const client = await start({ UPSTREAM_BUDGET: BUDGET });
    running.sandbox.faults.add({ path: /first/, status: 429, headers: { 'retry-after': '30' }, times: 1 });
    await client.get('/api/organizations/first').expect(503);
    running.sandbox.forget();
    const { body, headers } = await client.get(path).expect(503);
    expect((body as { code: string }).code).toBe('upstream.budget');
    expect(Number(headers['retry-after'])).toBeGreaterThan(25);
    expect(running.upstreamCalls()).toEqual([]);
  });

  describeWithRedis('shared by replicas', () => {
    it('says "too many" to none of them', async () => {
      const {
        sandbox,
        replicas,
        close: stop,
      } = await startReplicas([REDIS_URL, REDIS_URL], { UPSTREAM_BUDGET: BUDGET });
      close = stop;
      sandbox.faults.add({ path: /^\/api/, quota: QUOTA });
      sandbox.forget();
      const startedAt = performance.now();
      await burst(await Promise.all(replicas.map((replica) => replica.as())), 400);
      const answered = sandbox.requests.filter(({ path: asked }) => asked.startsWith('/api/'));
      expect(answered.filter(({ status }) => status === 429)).toEqual([]);
      expect(answered.length).toBeGreaterThan(40);
      // One bucket for both: two would give twice as much.
      expect(answered.length).toBeLessThanOrEqual(mostIn(performance.now() - startedAt));
    });
  });
});
