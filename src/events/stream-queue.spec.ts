import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';
import { StreamQueue } from './stream-queue.js';

describeWithRedis('a queue in a Redis stream', () => {
  const opened = new Set<SharedRedis>();
  let redis: SharedRedis;
  let drops: string[];
  const onDrop = (reason: string, count: number) => void drops.push(`${reason} ${count}`);

  const open = async (prefix = `test:${randomUUID()}`): Promise<SharedRedis> => {
    const one = new SharedRedis({ client: connect(REDIS_URL), prefix, timeoutMs: 1000 });
    opened.add(one);
    await until('Redis answers', () => one.state.status === 'ok');
    return one;
  };
  const queue = (takenOverAfterMs?: number, most = 100) => new StreamQueue(redis, most, onDrop, takenOverAfterMs);

  beforeAll(async () => {
    redis = await open();
  });
  beforeEach(async () => {
    drops = [];
    redis = await open();
  });
  afterAll(() => opened.forEach((one) => one.close()));

  it('gives each event to one replica, in order, until it is done', async () => {
    const [one, other] = [queue(), queue()];
    for (const body of ['a', 'b', 'c']) await one.add(body);
    const a = await one.next();
    const b = await other.next();
    expect([a?.body, b?.body, (await one.next())?.body]).toEqual(['a', 'b', 'a']);
    await a?.done();
    expect((await one.next())?.body).toBe('c');
    expect(one.length).toBe(2);
    await b?.done();
    await (await one.next())?.done();
    expect(await one.next()).toBeUndefined();
    expect(await other.next()).toBeUndefined();
    expect([one.length, other.length]).toEqual([0, 0]);
  });

  it('gives what a dead replica held to another after a while, and not what a living one holds', async () => {
    const [dead, heir] = [queue(100), queue(100)];
    await dead.add('a');
    await dead.next();
    expect(await heir.next()).toBeUndefined();
    for (let looks = 0; looks < 8; looks += 1) {
      await until(
        'a moment has passed',
        (
          (from) => () =>
            performance.now() - from > 25
        )(performance.now()),
      );
      expect((await dead.next())?.body).toBe('a');
      expect(await heir.next()).toBeUndefined();
    }
    let taken: string | undefined;
    await until('it is taken over', async () => (taken = (await heir.next())?.body) !== undefined);
    expect(taken).toBe('a');
    // Who was taken for dead holds it no more once it is done.
    await (await heir.next())?.done();
    expect(await dead.next()).toBeUndefined();
  });

  it('gives back what it held at the end, at once', async () => {
    const [leaving, staying] = [queue(), queue()];
    await leaving.add('a');
    expect((await leaving.next())?.body).toBe('a');
    await leaving.leave();
    expect((await staying.next())?.body).toBe('a');
    await staying.leave();
    expect((await queue().next())?.body).toBe('a');
  });

  it('makes room for new events by giving up the oldest, also those that are held', async () => {
    const small = queue(undefined, 2);
    await small.add('a');
    const a = await small.next();
    for (const body of ['b', 'c']) await small.add(body);
    expect(drops).toEqual(['full 1']);
    expect((await small.next())?.body).toBe('b');
    await a?.done();
    expect((await small.next())?.body).toBe('b');
  });

  it('hands events to memory while Redis is away, and to Redis at the end when it is back', async () => {
    const prefix = `test:${randomUUID()}`;
    const away = await open(prefix);
    const outbox = new Outbox(new MemoryQueue(10, onDrop), new StreamQueue(away, 10, onDrop), onDrop);
    await outbox.add('shared');
    away.close();
    opened.delete(away);
    await until('it is away', () => away.isAway);
    await outbox.add('alone');
    expect((await outbox.next())?.body).toBe('alone');
    await outbox.leave();
    expect(drops).toEqual(['lost 1']);
    const after = new StreamQueue(await open(prefix), 10, onDrop);
    expect((await after.next())?.body).toBe('shared');
  });
});
