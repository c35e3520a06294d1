import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operationsOf } from '../src/openapi/parameters.js';
import { until } from './support/far-end.js';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { type Running, startGateway } from './support/start-gateway.js';

const travel = '/api/organizations/fernweh00000';

describe('the rate limit of a caller', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ RATE_LIMIT: '5/30s' });
  });
  afterAll(() => running.close());

  it('is in the headers of every response below /api, and leads to 429 when it is exceeded', async () => {
    const client = await running.as();
    const paths = [travel, `${travel}/users/nobody`, '/api/nothing', '/api/organizations/%zz', '/api/me/organizations'];
    const statuses: number[] = [];
    for (const [index, path] of paths.entries()) {
      const { status, headers } = await client.get(path);
      statuses.push(status);
      expect(headers['ratelimit-policy']).toBe('"default";q=5;w=30');
      expect(headers['ratelimit']).toMatch(new RegExp(`^"default";r=${4 - index};t=(30|2\\d)$`));
    }
    expect(statuses).toEqual([200, 404, 404, 400, 403]);

    running.sandbox.forget();
    const refused = await client.get(travel).expect(429);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(refused.headers['ratelimit-policy']).toBe('"default";q=5;w=30');
    const [, t] = /^"default";r=0;t=(\d+)$/.exec(refused.headers['ratelimit'] ?? '') ?? [];
    expect(refused.headers['retry-after']).toBe(t);
    expect(refused.body).toMatchObject({
      type: '/problems/too-many-requests',
      status: 429,
      code: 'rate_limit.exceeded',
      instance: travel,
    });
    await client.post('/api/organizations').send({ name: 'x' }).expect(429);
    expect(running.upstreamCalls()).toEqual([]);
  });

  it('applies to each principal, whatever tokens it uses', async () => {
    const another = await running.as(running.tokens.service('read:organizations'));
    await another.get(travel).expect(429);
    const reader = await running.as(running.tokens.reader());
    const { headers } = await reader.get(travel).expect(200);
    expect(headers['ratelimit']).toContain('r=4');
    const member = await running.as(running.tokens.organization('fernweh00000', 'ada000000000'));
    await member.get(travel).expect(200).expect('ratelimit', /r=4/);
  });

  it('applies only to /api, and is not shown to unauthenticated callers', async () => {
    for (const path of ['/health/live', '/docs-json', travel]) {
      const { headers } = await running.anonymous().get(path);
      expect(headers).not.toHaveProperty('ratelimit');
      expect(headers).not.toHaveProperty('ratelimit-policy');
    }
  });

  it('is documented in every operation that requires a token', () => {
    const guarded = operationsOf(running.gateway.document).filter(({ path }) => path.startsWith('/api/'));
    const undocumented = guarded.filter(({ operation }) => {
      const responses = operation.responses as Record<string, { headers?: Record<string, unknown> }>;
      const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
      return !(
        responses['429']?.headers?.['Retry-After'] &&
        responses['429'].headers['RateLimit'] &&
        responses['503']?.headers?.['Retry-After'] &&
        success?.headers?.['RateLimit-Policy']
      );
    });
    expect(guarded.length).toBeGreaterThan(15);
    expect(undocumented.map(({ operation }) => operation.operationId)).toEqual([]);
  });
});

describe('a gateway without rate limits', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ RATE_LIMIT: 'off', AUTH_FAILURE_LIMIT: 'off' });
  });
  afterAll(() => running.close());

  it('has no rate limit headers', async () => {
    const { headers } = await (await running.as()).get(travel).expect(200);
    expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
    await running.anonymous().get(travel).set('authorization', 'Bearer nonsense').expect(401);
  });
});

describe('the limit of failed authentications', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ AUTH_FAILURE_LIMIT: '3/30s', TRUST_PROXY: 'loopback' });
  });
  afterAll(() => running.close());

  const from = (address: string, token: string) =>
    running
      .anonymous()
      .get(travel)
      .set({ 'x-forwarded-for': address, authorization: `Bearer ${token}` });

  it('blocks unknown tokens from an address, but not verified tokens and other addresses', async () => {
    const known = await running.tokens.reader();
    await from('192.0.2.1', known).expect(200);
    for (let i = 0; i < 3; i++) await from('192.0.2.1', 'nonsense').expect(401);

    const unknown = await running.tokens.service();
    const { body, headers } = await from('192.0.2.1', unknown).expect(429);
    expect(body).toMatchObject({ code: 'auth.too_many_failures', type: '/problems/too-many-requests' });
    expect(headers['ratelimit-policy']).toBe('"failed-authentication";q=3;w=30');
    expect(headers['ratelimit']).toBe(`"failed-authentication";r=0;t=${headers['retry-after']}`);
    await from('192.0.2.1', known).expect(200);
    await from('192.0.2.2', unknown).expect(200);
  });

  it('does not count requests without a token, which cost nothing', async () => {
    const bare = () => running.anonymous().get(travel).set('x-forwarded-for', '192.0.2.3');
    for (let i = 0; i < 5; i++) await bare().expect(401);
    await from('192.0.2.3', 'nonsense').expect(401);
  });
});

describeWithRedis('the limit of a caller, with several replicas', () => {
  const replicas: Running[] = [];
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((replica) => replica.close()));
  });

  it('is shared through Redis, without delaying requests', async () => {
    const env = { REDIS_URL, REDIS_PREFIX: `test:${randomUUID()}`, REDIS_TIMEOUT_MS: '1000', RATE_LIMIT: '10/60s' };
    replicas.push(await startGateway(env), await startGateway(env));
    for (const { anonymous } of replicas) {
      const usesRedis = () =>
        anonymous()
          .get('/health/ready')
          .then(({ body }) => body.details.redis.status === 'ok');
      await until('Redis is used', usesRedis);
    }
    const [one, other] = await Promise.all(replicas.map((replica) => replica.as()));
    if (!one || !other) throw new Error('two replicas were started');
    for (let i = 0; i < 8; i++) await one.get(travel).expect(200);
    await other.get(travel).expect(200);
    // Each attempt counts as a request.
    await until('the other refuses', async () => (await other.get(travel)).status === 429);
    await until('the one refuses', async () => (await one.get(travel)).status === 429);
  });
});
