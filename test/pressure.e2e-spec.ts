import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { untilArrived } from './support/arrivals.js';
import { deferred, until } from './support/far-end.js';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { startReplicas } from './support/start-replicas.js';

const path = '/api/organizations/fernweh00000';

/**
 * The budget of the gateway and the quota of the sandbox, like Logto Cloud's. A call is counted by the gateway when it is sent
 * and by the sandbox when it arrives; compared to ten seconds, delays on a busy machine do not matter.
 */
const BUDGET = '200/10s';
const QUOTA = { calls: 200, windowMs: 10_000 };
/** The calls sent in this time: a quarter of the budget at once, and then 14 per second. */
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
/** Waits until the gateway has noticed a disconnect. */
const untilDisconnected = (): Promise<void> =>
  until('the log line of the aborted request', () => running.logs.some((line) => line.includes('"aborted":true')));
const statusesAtLogto = (status: number): number =>
  running.sandbox.requests.filter((call) => call.status === status).length;

describe('a Logto that is failing', () => {
  it('gets at most a fifth more calls while half of the organizations are 503', async () => {
    // The circuit might open, which other tests cover.
    const client = await start({ UPSTREAM_BREAKER_CALLS: '0' });
    const calls = 300;
    const reads = (prefix: string) =>
      Promise.all(Array.from({ length: calls }, (_, index) => client.get(`/api/organizations/${prefix}${index}`)));
    await reads('calm');
    const calm = running.upstreamCalls().length;
    expect(calm).toBe(calls);
    running.sandbox.forget();
    running.sandbox.faults.add({ path: /broken\d*[13579]$/, status: 503 });
    await reads('broken');
    const troubled = running.upstreamCalls().length;
    expect(troubled).toBeGreaterThan(calm);
    expect(troubled).toBeLessThanOrEqual(calm * 1.2);
  });

  it('gets no calls while the circuit is open, and calls again when it has recovered', async () => {
    const client = await start({ UPSTREAM_BREAKER_CALLS: '5', UPSTREAM_BREAKER_OPEN_MS: '3000' });
    running.sandbox.faults.add({ path: /organizations/, status: 500 });
    for (let i = 0; i < 5; i += 1) {
      await client.get(`/api/organizations/failing${i}`).expect(502);
    }
    running.sandbox.forget();
    const { body, headers } = await client.get(path).expect(503);
    expect(body).toMatchObject({ code: 'upstream.unavailable' });
    expect(headers['retry-after']).toMatch(/^[123]$/);
    expect(running.upstreamCalls()).toEqual([]);
    expect(await details()).toMatchObject({ upstream: { circuit: 'open' }, tokenEndpoint: { circuit: 'closed' } });
    expect((await running.anonymous().get('/metrics')).text).toContain('gateway_upstream_circuit_state{to="api"} 2');

    running.sandbox.faults.clear();
    await until('the circuit is closed', async () => (await client.get(path)).status === 200);
    expect((await details()).upstream).toEqual({ circuit: 'closed', inFlight: 0, waiting: 0 });
  });

  it('issues no new token: the old one is used, and the token endpoint gets no more requests', async () => {
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

  it('gets one token request when many calls are refused with the old token', async () => {
    const client = await start({ UPSTREAM_CONNECTIONS: '32' });
    running.sandbox.forget();
    const released = deferred<void>();
    running.sandbox.faults.add({ path: /organizations/, status: 401, times: 32, delayUntil: released.promise });
    const reading = Promise.all(
      Array.from({ length: 100 }, (_, index) => client.get(`/api/organizations/cold${index}`)),
    );
    await until('all connections to be in use', () => running.upstreamCalls().length === 32);
    released.resolve();
    await reading;
    expect(running.sandbox.requests.filter(({ path: asked }) => asked === '/oidc/token')).toHaveLength(1);
  });
});

describe('a Logto that is slow', () => {
  it('has no more calls in flight and waiting than configured', async () => {
    const client = await start({ UPSTREAM_CONNECTIONS: '2', UPSTREAM_QUEUE: '3' });
    const released = deferred<void>();
    running.sandbox.faults.add({ path: /organizations/, delayUntil: released.promise });
    let answered = 0;
    const reading = Array.from({ length: 8 }, async (_, index) => {
      const answer = await client.get(`/api/organizations/slow${index}`);
      answered += 1;
      return answer;
    });
    await until('the others to be refused', () => answered === 3);
    expect(running.upstreamCalls()).toHaveLength(2);
    released.resolve();
    const answers = await Promise.all(reading);
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.map(({ body }) => (body as { code: string }).code)).toEqual(Array(3).fill('upstream.busy'));
    expect(busy.every(({ headers }) => headers['retry-after'] === '1')).toBe(true);
  });

  it('delays a request by at most its deadline, however many calls it makes', async () => {
    const client = await start({ UPSTREAM_DEADLINE_MS: '2000', UPSTREAM_AGGREGATE_DEADLINE_MS: '2000' });
    // One call is within the limit, two are not.
    running.sandbox.latencyMs = 1200;
    // Two sequential calls: the list, and the check that the organization exists. Without the limit it would be 404.
    const list = await client.get('/api/organizations/nowhere/users').expect(504);
    expect((list.body as { code: string }).code).toBe('upstream.timeout');
    // Three pages: the second and third after the first.
    const overview = await client.get(`${path}/overview`).expect(200);
    expect(overview.body).toMatchObject({
      meta: { sections: { members: { status: 'failed', code: 'upstream.timeout' } } },
    });
  });

  it('gets no further work for disconnected clients', async () => {
    // Only a disconnect ends their calls.
    const client = await start({ UPSTREAM_TIMEOUT_MS: '60000', UPSTREAM_DEADLINE_MS: '60000' });
    running.sandbox.faults.add({ path: /organizations/, hang: true });
    const token = await running.tokens.service();
    const disconnecting = request(`${running.gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    disconnecting.on('error', () => undefined);
    disconnecting.end();
    await until('the call to be in flight', async () => (await details()).upstream.inFlight === 1);
    disconnecting.destroy();
    await until('the call to be cancelled', async () => (await details()).upstream.inFlight === 0);
    expect(running.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    running.sandbox.faults.clear();
    await client.get(path).expect(200);
  });

  it('still answers the other clients when one disconnects', async () => {
    const client = await start();
    const token = await running.tokens.service();
    running.sandbox.forget();
    const released = deferred<void>();
    running.sandbox.faults.add({ path: /organizations/, delayUntil: released.promise });
    const disconnecting = request(`${running.gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    disconnecting.on('error', () => undefined);
    disconnecting.end();
    await until('the call to be in flight', () => running.upstreamCalls().length === 1);
    const arrived = untilArrived(1, running.gateway.url + path);
    const staying = client
      .get(path)
      .expect(200)
      .then((answer) => answer);
    await arrived;
    disconnecting.destroy();
    await untilDisconnected();
    released.resolve();
    await staying;
    expect(running.upstreamCalls()).toHaveLength(1);
  });

  it('carries out the write of a disconnected client', async () => {
    const client = await start();
    const released = deferred<void>();
    running.sandbox.faults.add({ method: 'PATCH', delayUntil: released.promise });
    const token = await running.tokens.service();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const disconnecting = request(`${running.gateway.url}${path}`, { method: 'PATCH', headers });
    disconnecting.on('error', () => undefined);
    disconnecting.end(JSON.stringify({ description: 'by somebody who left' }));
    await once(disconnecting, 'finish');
    await until('the write to be sent', () => running.upstreamCalls().includes(`PATCH ${path}`));
    disconnecting.destroy();
    await untilDisconnected();
    released.resolve();
    await until('the write to be complete', async () => (await details()).upstream.inFlight === 0);
    const { body } = await client.get(path).set('cache-control', 'no-cache');
    expect(body).toMatchObject({ description: 'by somebody who left' });
  });
});

describe('a large insert', () => {
  it('runs concurrently with at most two calls for overviews', async () => {
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
    const inserted = deferred<void>();
    running.sandbox.faults.add({ method: 'POST', delayUntil: inserted.promise });
    running.sandbox.forget();
    const write = client
      .post(`/api/organizations/${id}/users`)
      .send({ userIds })
      .expect(201)
      .then((answer) => answer);
    await until('the insert to be in flight', () => running.upstreamCalls().length === 1);

    let released = deferred<void>();
    const holdPages = () => running.sandbox.faults.add({ path: /users\?/, delayUntil: released.promise });
    const pagesInFlight = () => running.sandbox.requests.filter((call) => call.path.includes('?') && call.status === 0);
    let end = holdPages();
    const overview = client
      .get(`/api/organizations/${id}/overview`)
      .expect(200)
      .then((answer) => answer);
    // The first page tells how many there are.
    for (const count of [1, 2, 2, 2, 2]) {
      await until(`${count} pages to be in flight`, () => pagesInFlight().length >= count);
      // Asked after them and answered before: a further page would have been sent meanwhile.
      await client.get('/api/organizations/studio000000').expect(200);
      expect(pagesInFlight().length).toBeLessThanOrEqual(count);
      const { resolve } = released;
      released = deferred();
      end();
      end = holdPages();
      resolve();
    }
    end();
    released.resolve();
    inserted.resolve();
    await write;
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

  it('refuses none of a thousand concurrent overviews with 429', async () => {
    const client = await start({ UPSTREAM_BUDGET: BUDGET });
    running.sandbox.faults.add({ path: /^\/api/, quota: QUOTA });
    running.sandbox.forget();
    const startedAt = performance.now();
    const statuses = await burst([client]);
    expect(statusesAtLogto(429)).toBe(0);
    expect(running.upstreamCalls().length).toBeLessThanOrEqual(mostIn(performance.now() - startedAt));
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    // Part of the budget was reserved for more urgent calls.
    await client.patch(path).send({ description: 'in the middle of it' }).expect(200);
  }, 120_000);

  it('gets no calls until its Retry-After has passed', async () => {
    const client = await start({ UPSTREAM_BUDGET: BUDGET });
    running.sandbox.faults.add({ path: /first/, status: 429, headers: { 'retry-after': '30' }, times: 1 });
    const startedAt = performance.now();
    await client.get('/api/organizations/first').expect(503);
    running.sandbox.forget();
    const { body, headers } = await client.get(path).expect(503);
    expect((body as { code: string }).code).toBe('upstream.budget');
    const passedS = (performance.now() - startedAt) / 1000;
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(30);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(30 - passedS);
    expect(running.upstreamCalls()).toEqual([]);
  });

  describeWithRedis('shared by replicas', () => {
    it('refuses none of them with 429', async () => {
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
      // Both share one bucket; two buckets would permit twice as many calls.
      expect(answered.length).toBeLessThanOrEqual(mostIn(performance.now() - startedAt));
    });
  });
});
