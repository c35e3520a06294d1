import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { RateLimiter } from './rate-limiter.js';
import { SharedCounts } from './shared-counts.js';

describeWithRedis('the shared counts of several replicas', () => {
  const rate = { count: 20, windowMs: 30_000 };
  let wire: TcpProxy;
  let prefix: string;
  let redises: SharedRedis[];

  const replica = async (url = `redis://127.0.0.1:${wire.port}`) => {
    const redis = new SharedRedis({ client: connect(url), prefix, timeoutMs: 1000 });
    redises.push(redis);
    await until('Redis to answer', () => redis.state.status === 'ok');
    const counts = new SharedCounts(redis, rate);
    return { redis, limiter: new RateLimiter({ name: 'test', rate, onTake: counts.record }) };
  };
  const take = (limiter: RateLimiter, times: number) => {
    for (let i = 0; i < times; i++) limiter.take('ada');
  };
  const left = (limiter: RateLimiter) => Number(/r=(\d+)/.exec(limiter.peek('ada').state)?.[1]);

  beforeEach(async () => {
    wire = new TcpProxy(6379);
    await wire.start();
    prefix = `test:${randomUUID()}`;
    redises = [];
  });
  afterEach(async () => {
    wire.heal();
    await until('Redis to be available', () => redises.every(({ state }) => state.status === 'ok'));
    for (const redis of redises) redis.close();
    await wire.close();
  });

  it('are summed soon, so that the replicas share one quota', async () => {
    const [one, other] = [await replica(), await replica()];
    take(one.limiter, 12);
    take(other.limiter, 1);
    await until('the other to have the sum', () => left(other.limiter) === 7);
    take(other.limiter, 7);
    expect(other.limiter.take('ada').allowed).toBe(false);
    take(one.limiter, 1);
    await until('the first to have the sum', () => !one.limiter.peek('ada').allowed);
  });

  it('have a window that ends at the same time for all', async () => {
    const one = await replica();
    take(one.limiter, 1);
    const key = async () => (await redises[0]?.run((client) => client.keys(`${prefix}:rate:*`)))?.[0];
    await until('the count to be reported', async () => (await key()) !== undefined);
    const name = await key();
    expect(name).not.toContain('ada');
    await redises[0]?.run((client) => client.pexpire(name ?? '', 15_000));
    const other = await replica();
    expect(other.limiter.take('ada').retryAfterS).toBe(30);
    await until('the other to adopt the window', () => other.limiter.peek('ada').retryAfterS <= 15);
  });

  it('continue locally while Redis is down, and are summed when it is available again', async () => {
    const [one, other] = [await replica(), await replica(REDIS_URL)];
    take(one.limiter, 1);
    take(other.limiter, 1);
    await until('one of them to have the sum', () => left(other.limiter) === 18 || left(one.limiter) === 18);
    wire.refuse();
    await until('Redis to be down', () => one.redis.isDown);
    take(one.limiter, 10);
    take(other.limiter, 3);
    expect(left(one.limiter)).toBeLessThanOrEqual(9);
    wire.heal();
    await until('Redis to be available', () => one.redis.state.status === 'ok');
    take(one.limiter, 1);
    await until('the counts to be summed', () => left(one.limiter) === 4);
  });

  it('enforce the quota locally while Redis is down', async () => {
    const one = await replica();
    wire.refuse();
    await until('Redis to be down', () => one.redis.isDown);
    const allowed = Array.from({ length: 30 }, () => one.limiter.take('ada').allowed).filter(Boolean);
    expect(allowed).toHaveLength(20);
  });
});
