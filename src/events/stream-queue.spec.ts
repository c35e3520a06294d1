import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';
import { StreamQueue } from './stream-queue.js';

describeWithRedis('the stream queue', () => {
  const opened = new Set<SharedRedis>();
  let redis: SharedRedis;
  let drops: string[];
  const onDrop = (reason: string, count: number) => void drops.push(`${reason} ${count}`);

  const open = async (prefix = `test:${randomUUID()}`): Promise<SharedRedis> => {
    const one = new SharedRedis({ client: connect(REDIS_URL), prefix, timeoutMs: 1000 });
    opened.add(one);
    await until('Redis to answer', () => one.state.status === 'ok');
    return one;
  };
  const queue = (maxEvents = 100) => new StreamQueue(redis, maxEvents, onDrop);
  /** Sets the idle time of all events that are held. */
  const setIdleTime = (ms: number) =>
    redis.run(async (client) => {
      const [key, group] = [redis.key('events'), 'gateways'];
      const held = (await client.xpending(key, group, '-', '+', 10)) as [id: string, consumer: string][];
      for (const [id, consumer] of held) await client.call('XCLAIM', key, group, consumer, 0, id, 'IDLE', ms);
    });

  beforeAll(async () => {
    redis = await open();
  });
  beforeEach(async () => {
    drops = [];
    redis = await open();
  });
  afterAll(() => opened.forEach((one) => one.close()));

  it('gives each event to one replica, in order, until it is acknowledged', async () => {
    const [one, other] = [queue(), queue()];
    for (const body of ['a', 'b', 'c']) await one.add(body);
    const a = await one.next();
    const b = await other.next();
    expect([a?.body, b?.body, (await one.next())?.body]).toEqual(['a', 'b', 'a']);
    await a?.acknowledge();
    expect((await one.next())?.body).toBe('c');
    expect(one.length).toBe(2);
    await b?.acknowledge();
    await (await one.next())?.acknowledge();
    expect(await one.next()).toBeUndefined();
    expect(await other.next()).toBeUndefined();
    expect([one.length, other.length]).toEqual([0, 0]);
  });

  it('lets another replica claim the event of an idle one, but not that of an active one', async () => {
    const [holder, other] = [queue(), queue()];
    await holder.add('a');
    await holder.next();
    expect(await other.next()).toBeUndefined();
    for (let minutes = 0; minutes < 3; minutes += 1) {
      await setIdleTime(50_000);
      expect(await other.next()).toBeUndefined();
      // A call of the holder resets the idle time.
      await setIdleTime(61_000);
      expect((await holder.next())?.body).toBe('a');
      expect(await other.next()).toBeUndefined();
    }
    await setIdleTime(61_000);
    expect((await other.next())?.body).toBe('a');
    // The idle replica no longer holds it once it is acknowledged.
    await (await other.next())?.acknowledge();
    expect(await holder.next()).toBeUndefined();
  });

  it('returns the event it holds to the queue when it closes', async () => {
    const [closing, other] = [queue(), queue()];
    await closing.add('a');
    expect((await closing.next())?.body).toBe('a');
    await closing.close();
    expect((await other.next())?.body).toBe('a');
    await other.close();
    expect((await queue().next())?.body).toBe('a');
  });

  it('drops the oldest event when it is full, even one that is held', async () => {
    const small = queue(2);
    await small.add('a');
    const a = await small.next();
    for (const body of ['b', 'c']) await small.add(body);
    expect(drops).toEqual(['full 1']);
    expect((await small.next())?.body).toBe('b');
    await a?.acknowledge();
    expect((await small.next())?.body).toBe('b');
  });

  it.each(['before', 'after'])(
    'adds the events again that Redis has lost, even if it is asked %s that is noticed',
    async (when) => {
      const one = queue();
      await one.add('held');
      await one.add('waiting');
      expect((await one.next())?.body).toBe('held');
      await redis.run((client) => client.del(redis.key('events')));
      if (when === 'before') expect(await one.next()).toBeUndefined();
      redis.reportDataLoss();
      await until('both to be there again', () =>
        redis.run(async (client) => (await client.xlen(redis.key('events'))) === 2),
      );
      const bodies: (string | undefined)[] = [];
      for (let event = await one.next(); event; event = await one.next()) {
        bodies.push(event.body);
        await event.acknowledge();
      }
      expect(bodies).toEqual(['held', 'waiting']);
      expect(drops).toEqual([]);
    },
  );

  it('does not add events again that were delivered', async () => {
    const [one, other] = [queue(), queue()];
    await one.add('a');
    await (await other.next())?.acknowledge();
    expect(await one.next()).toBeUndefined();
    redis.reportDataLoss();
    // Both answers come after whatever the loss has set off.
    await one.add('b');
    expect((await other.next())?.body).toBe('b');
    expect(await redis.run((client) => client.xlen(redis.key('events')))).toBe(1);
  });

  it('stores events in memory while Redis is down, and those are lost if it stays down', async () => {
    const prefix = `test:${randomUUID()}`;
    const down = await open(prefix);
    const outbox = new Outbox(new MemoryQueue(10, onDrop), new StreamQueue(down, 10, onDrop), onDrop);
    await outbox.add('shared');
    down.close();
    opened.delete(down);
    await until('Redis to be down', () => down.isDown);
    await outbox.add('alone');
    expect((await outbox.next())?.body).toBe('alone');
    await outbox.close();
    expect(drops).toEqual(['lost 1']);
    const after = new StreamQueue(await open(prefix), 10, onDrop);
    expect((await after.next())?.body).toBe('shared');
  });
});
