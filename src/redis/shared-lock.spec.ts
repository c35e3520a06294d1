import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { connect } from './connect.js';
import { SharedLock } from './shared-lock.js';
import { RedisUnavailable, SharedRedis } from './shared-redis.js';

describeWithRedis('a lock among replicas', () => {
  let redis: SharedRedis;
  const prefix = `test:${randomUUID()}`;

  beforeAll(async () => {
    redis = new SharedRedis({ client: connect(REDIS_URL), prefix, timeoutMs: 1000 });
    await until('Redis answers', () => redis.usable);
  });
  afterAll(() => redis.close());

  it('is had by one, and by the next when it is given back', async () => {
    const [one, other] = [new SharedLock(redis), new SharedLock(redis)];
    const lease = await one.take('a');
    expect(await other.take('a')).toBeUndefined();
    expect(await other.take('b')).toBeDefined();
    expect(await lease?.isHeld()).toBe(true);
    await lease?.release();
    expect(await other.take('a')).toBeDefined();
  });

  it('is given back with word of whether others want it', async () => {
    const lock = new SharedLock(redis);
    const alone = await lock.take('wanted');
    expect(await alone?.release()).toBe(false);
    const wanted = await lock.take('wanted');
    await lock.take('wanted');
    expect(await wanted?.release()).toBe(true);
    expect(await (await lock.take('wanted'))?.release()).toBe(false);
  });

  it('is renewed while its holder lives', async () => {
    const lock = new SharedLock(redis, 600);
    const lease = await lock.take('renewed');
    const from = performance.now();
    await until('twice its life has passed', () => performance.now() - from > 1300);
    expect(await new SharedLock(redis).take('renewed')).toBeUndefined();
    expect(await lease?.isHeld()).toBe(true);
    await lease?.release();
  });

  it('is lost by a holder that is not heard of, who then knows', async () => {
    const lease = await new SharedLock(redis, 5000).take('lost');
    // As if the holder had slept through its time.
    await redis.run((client) => client.del(redis.key('lock', 'lost')));
    expect(await lease?.isHeld()).toBe(false);
    const next = await new SharedLock(redis).take('lost');
    expect(next).toBeDefined();
    // Giving back what was lost takes nothing from who has it now.
    await lease?.release();
    expect(await next?.isHeld()).toBe(true);
    await next?.release();
  });

  it('cannot be had while Redis is away; what is held lasts until it would expire', async () => {
    const own = new SharedRedis({ client: connect(REDIS_URL), prefix, timeoutMs: 1000 });
    await until('Redis answers', () => own.usable);
    const lease = await new SharedLock(own, 200).take('away');
    own.close();
    await until('it is away', () => !own.usable);
    expect(await lease?.isHeld()).toBe(true);
    await expect(new SharedLock(own).take('other')).rejects.toThrow(RedisUnavailable);
    await until('it has expired', async () => !(await lease?.isHeld()));
    await lease?.release();
  });
});
