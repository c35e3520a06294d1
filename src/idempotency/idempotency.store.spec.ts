import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { type Clock, systemClock } from '../core/clock.js';
import { connect } from '../redis/connect.js';
import { Leases } from '../redis/lease.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { RedisUnavailable } from '../core/faults.js';
import { IdempotencyStore, type KeyClaim } from './idempotency.store.js';
import type { KeyRecord } from './memory-keys.js';
import { UnreadableRecord } from './shared-keys.js';

const NOTHING = { result: undefined };
const DAY_MS = 24 * 60 * 60 * 1000;

const mustBeClaimed = (claimed: KeyRecord | KeyClaim): KeyClaim => {
  if (!('complete' in claimed)) throw new Error(`claimed before: ${JSON.stringify(claimed)}`);
  return claimed;
};

describe('the idempotency store without Redis', () => {
  it('lets one of concurrent requests claim a key', async () => {
    const store = new IdempotencyStore(undefined, undefined);
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('k', 'f')));
    expect(claims.filter((claimed) => 'complete' in claimed)).toHaveLength(1);
    expect(claims.filter((claimed) => 'fingerprint' in claimed && !claimed.answer)).toHaveLength(19);
  });

  it('returns the answer of a completed key, and lets a released one be claimed again', async () => {
    const store = new IdempotencyStore(undefined, undefined);
    await mustBeClaimed(await store.claim('k', 'f')).complete(NOTHING);
    expect(await store.claim('k', 'other')).toEqual({ fingerprint: 'f', answer: NOTHING });
    await mustBeClaimed(await store.claim('k2', 'f')).release();
    await mustBeClaimed(await store.claim('k2', 'other')).release();
  });
});

describeWithRedis('the idempotency store with Redis', () => {
  const prefix = `test:${randomUUID()}`;
  const opened = new Set<SharedRedis>();
  let redis: SharedRedis;
  let key: string;

  /** The connection and the store of a replica. */
  const replica = async (url = REDIS_URL, clock: Clock = systemClock) => {
    const opening = new SharedRedis({ client: connect(url), prefix, timeoutMs: 1000 });
    opened.add(opening);
    await until('Redis to answer', () => opening.state.status === 'ok');
    return { redis: opening, store: new IdempotencyStore(new Leases(opening, clock), opening) };
  };
  const close = (one: SharedRedis): void => {
    opened.delete(one);
    one.close();
  };
  const newStore = async () => (await replica()).store;
  const redisKeyOf = (name: string): string => `${prefix}:{shared}:lease:key:${name}`;
  const valueOf = (name: string): Promise<string | null> => redis.run((client) => client.get(redisKeyOf(name)));
  /** The TTL of the key is a day from a moment between `from` and now. */
  const expectStoredForADay = async (from: number): Promise<void> => {
    const elapsedMs = DAY_MS - (await redis.run((client) => client.pttl(redisKeyOf(key))));
    expect([elapsedMs >= 0, elapsedMs <= Date.now() - from]).toEqual([true, true]);
  };
  /** Sets how long the grace period lasts, in which holders reclaim their leases. */
  const setGracePeriodEnd = (ms: number) =>
    redis.run((client) => client.hset(redis.slotKey('history'), 'since', String(Date.now() + ms)));
  /** The effect of a restart without persistence. */
  const loseEverything = () => redis.run((client) => client.del(redisKeyOf(key), redis.slotKey('history')));

  beforeAll(async () => {
    ({ redis } = await replica());
  });
  beforeEach(() => {
    key = randomUUID();
  });
  afterAll(() => opened.forEach(close));

  it('lets one of concurrent requests at several replicas claim a key', async () => {
    const stores = [await newStore(), await newStore()];
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]?.claim(key, 'f') ?? Promise.reject(new Error())),
    );
    expect(claims.filter((claimed) => 'complete' in claimed)).toHaveLength(1);
  });

  it('shares answers with other replicas for a day', async () => {
    const from = Date.now();
    await mustBeClaimed(await (await newStore()).claim(key, 'f')).complete(NOTHING);
    expect(await (await newStore()).claim(key, 'other')).toMatchObject({ fingerprint: 'f', answer: NOTHING });
    expect(await valueOf(key)).toMatch(/^[\w-]{36} 2 answered f \d{13}\n/);
    await expectStoredForADay(from);
  });

  it('releases a key on all replicas', async () => {
    await mustBeClaimed(await (await newStore()).claim(key, 'f')).release();
    expect(await (await newStore()).claim(key, 'other')).toHaveProperty('complete');
  });

  it('keeps the key of a crashed process claimed, because the outcome of its request is unknown', async () => {
    const from = Date.now();
    const crashing = await replica();
    await crashing.store.claim(key, 'f');
    const to = Date.now();
    close(crashing.redis);
    const { since = 0, ...record } = (await (await newStore()).claim(key, 'f')) as KeyRecord;
    expect(record).toEqual({ fingerprint: 'f' });
    expect([since >= from, since <= to]).toEqual([true, true]);
    await expectStoredForADay(from);
  });

  it('does not overwrite the answer of another replica after its claim was lost', async () => {
    const lost = mustBeClaimed(await (await newStore()).claim(key, 'first'));
    await redis.run((client) => client.del(redisKeyOf(key)));
    await mustBeClaimed(await (await newStore()).claim(key, 'second')).complete(NOTHING);
    await lost.complete(NOTHING);
    await lost.release();
    expect(await (await newStore()).claim(key, 'second')).toMatchObject({ fingerprint: 'second', answer: NOTHING });
  });

  it('restores records that Redis has lost, before anybody can claim their keys', async () => {
    const from = Date.now();
    const holder = await replica();
    const other = await newStore();
    await mustBeClaimed(await holder.store.claim(key, 'f')).complete(NOTHING);
    await loseEverything();
    const claimed = other.claim(key, 'f');
    holder.redis.reportDataLoss();
    expect(await claimed).toMatchObject({ fingerprint: 'f', answer: NOTHING });
    await expectStoredForADay(from);
  });

  it('keeps the key of a request in progress when Redis loses it', async () => {
    const running = mustBeClaimed(await (await newStore()).claim(key, 'f'));
    const clock = new ManualClock();
    const { store } = await replica(REDIS_URL, clock);
    await loseEverything();
    const claimed = store.claim(key, 'f');
    await until('it to wait for the grace period', () => clock.waiting === 1);
    await setGracePeriodEnd(60_000);
    await until('the key to be reclaimed', async () => (await valueOf(key)) !== null);
    await setGracePeriodEnd(-60_000);
    await clock.advance(1000);
    expect(await claimed).toMatchObject({ fingerprint: 'f', since: expect.any(Number) });
    await running.release();
    await mustBeClaimed(await (await newStore()).claim(key, 'f')).release();
  });

  it('rejects a record of another version', async () => {
    const value = `${randomUUID()} 9 answered f\n{}`;
    await redis.run((client) => client.set(redisKeyOf(key), value, 'PX', 60_000));
    await expect((await newStore()).claim(key, 'f')).rejects.toThrow(UnreadableRecord);
  });

  describe('while Redis is down', () => {
    let wire: TcpProxy;
    let cutOff: Awaited<ReturnType<typeof replica>>;
    let running: KeyClaim;

    beforeEach(async () => {
      wire = new TcpProxy(Number(new URL(REDIS_URL).port));
      await wire.start();
      cutOff = await replica(`redis://127.0.0.1:${wire.port}`);
      running = mustBeClaimed(await cutOff.store.claim(key, 'f'));
      wire.refuse();
      await until('Redis to be down', () => cutOff.redis.isDown);
    });
    afterEach(async () => {
      close(cutOff.redis);
      await wire.close();
    });

    it('lets nobody claim a key, because another replica may have claimed it', async () => {
      await expect(cutOff.store.claim(randomUUID(), 'f')).rejects.toThrow(RedisUnavailable);
    });

    it('has its own answers, and shares them when Redis is available again', async () => {
      await running.complete(NOTHING);
      expect(await cutOff.store.claim(key, 'f')).toEqual({ fingerprint: 'f', answer: NOTHING });
      const other = await newStore();
      expect(await other.claim(key, 'f')).not.toHaveProperty('answer');
      wire.heal();
      await until('the other replica to have the answer', async () => 'answer' in (await other.claim(key, 'f')));
    });

    it('releases a key on all replicas when Redis is available again', async () => {
      await running.release();
      const other = await newStore();
      expect(await other.claim(key, 'f')).not.toHaveProperty('complete');
      wire.heal();
      await until('the key to be free', async () => (await valueOf(key)) === null);
      await mustBeClaimed(await other.claim(key, 'f')).release();
    });
  });
});
