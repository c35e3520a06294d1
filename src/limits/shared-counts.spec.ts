import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { RateLimiter } from './rate-limiter.js';
import { SharedCounts } from './shared-counts.js';

describeWithRedis('what several replicas count', () => {
  const rate = { count: 20, windowMs: 30_000 };
  let wire: TcpProxy;
  let prefix: string;
  let redises: SharedRedis[];

  const replica = async (url = `redis://127.0.0.1:${wire.port}`) => {
    const redis = new SharedRedis({ client: connect(url), prefix, timeoutMs: 1000 });
    redises.push(redis);
    await until('Redis is used', () => redis.state.status === 'ok');
    const counts = new SharedCounts(redis, rate);
    return { redis, limiter: new RateLimiter({ name: 'test', rate, onTake: counts.note }) };
  };
  const take = (limiter: RateLimiter, times: number) => {
    for (let i = 0; i < times; i++) limiter.take('ada');
  };
  const left = (limiter: RateLimiter) => Number(/r=(\d+)/.exec(limiter.look('ada').state)?.[1]);

  beforeEach(async () => {
    wire = new TcpProxy(6379);
    await wire.start();
    prefix = `test:${randomUUID()}`;
    redises = [];
  });
  afterEach(async () => {
    wire.heal();
    await until('Redis is back', () => redises.every(({ state }) => state.status === 'ok'));
    for (const redis of redises) redis.close();
    await wire.close();
  });

  it('is added up soon, and what one has used the other has not any more', async () => {
    const [one, other] = [await replica(), await replica()];
    take(one.limiter, 12);
    take(other.limiter, 1);
    await until('the other knows', () => left(other.limiter) === 7);
    take(other.limiter, 7);
    expect(other.limiter.take('ada').allowed).toBe(false);
    take(one.limiter, 1);
    await until('the one knows', () => !one.limiter.look('ada').allowed);
  });

  it('ends at the same time for all of them', async () => {
    const one = await replica();
    take(one.limiter, 1);
    const key = async () => (await redises[0]?.run((client) => client.keys(`${prefix}:rate:*`)))?.[0];
    await until('it is told', async () => (await key()) !== undefined);
    const name = await key();
    expect(name).not.toContain('ada');
    await redises[0]?.run((client) => client.pexpire(name ?? '', 4000));
    const other = await replica();
    expect(other.limiter.take('ada').retryAfterS).toBe(30);
    await until('the other has adopted the window', () => other.limiter.look('ada').retryAfterS <= 4);
  });

  it('goes on in each of them while Redis is away, without waiting, and is added up when it is back', async () => {
    const [one, other] = [await replica(), await replica(REDIS_URL)];
    take(one.limiter, 1);
    take(other.limiter, 1);
    await until('they know of each other', () => left(other.limiter) === 18 || left(one.limiter) === 18);
    wire.refuse();
    await until('Redis is away', () => one.redis.isAway);
    take(one.limiter, 10);
    take(other.limiter, 3);
    expect(left(one.limiter)).toBeLessThanOrEqual(9);
    wire.heal();
    await until('Redis is back', () => one.redis.state.status === 'ok');
    take(one.limiter, 1);
    await until('all is added up', () => left(one.limiter) === 4);
  });

  it('is bounded in each of them while Redis is away', async () => {
    const one = await replica();
    wire.refuse();
    await until('Redis is away', () => one.redis.isAway);
    const allowed = Array.from({ length: 30 }, () => one.limiter.take('ada').allowed).filter(Boolean);
    expect(allowed).toHaveLength(20);
  });
});
