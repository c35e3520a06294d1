import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from '../redis/connect.js';
import { Leases } from '../redis/lease.js';
import { RedisUnavailable, SharedRedis } from '../redis/shared-redis.js';
import { IdempotencyStore, type OwnKey } from './idempotency.store.js';
import type { KnownKey } from './memory-keys.js';
import { Unreadable } from './shared-keys.js';

const NOTHING = { result: undefined };
const DAY_MS = 24 * 60 * 60 * 1000;

const own = (claimed: KnownKey | OwnKey): OwnKey => {
  if (!('keep' in claimed)) throw new Error(`known already: ${JSON.stringify(claimed)}`);
  return claimed;
};

describe('the store of idempotency keys without Redis', () => {
  it('gives a key to one of those who come at once', async () => {
    const store = new IdempotencyStore(undefined, undefined);
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('k', 'f')));
    expect(claims.filter((claimed) => 'keep' in claimed)).toHaveLength(1);
    expect(claims.filter((claimed) => 'fingerprint' in claimed && !claimed.answer)).toHaveLength(19);
  });

  it('knows the answer once it is kept, and nothing once it is released', async () => {
    const store = new IdempotencyStore(undefined, undefined);
    await own(await store.claim('k', 'f')).keep(NOTHING);
    expect(await store.claim('k', 'other')).toEqual({ fingerprint: 'f', answer: NOTHING });
    await own(await store.claim('k2', 'f')).release();
    await own(await store.claim('k2', 'other')).release();
  });
});

describeWithRedis('the store of idempotency keys with Redis', () => {
  const prefix = `test:${randomUUID()}`;
  const opened = new Set<SharedRedis>();
  let redis: SharedRedis;
  let key: string;

  /** A replica's connection and what it knows of keys. */
  const replica = async (url = REDIS_URL) => {
    const opening = new SharedRedis({ client: connect(url), prefix, timeoutMs: 1000 });
    opened.add(opening);
    await until('Redis answers', () => opening.state.status === 'ok');
    return { redis: opening, store: new IdempotencyStore(new Leases(opening), opening) };
  };
  const close = (one: SharedRedis): void => {
    opened.delete(one);
    one.close();
  };
  const newStore = async () => (await replica()).store;
  const nameOf = (which: string): string => `${prefix}:{shared}:lease:key:${which}`;
  const valueOf = (which: string): Promise<string | null> => redis.run((client) => client.get(nameOf(which)));
  const timeLeft = (): Promise<number> => redis.run((client) => client.pttl(nameOf(key)));
  /** As a restart without persistence would. */
  const loseEverything = () => redis.run((client) => client.del(nameOf(key), redis.slotKey('history')));

  beforeAll(async () => {
    ({ redis } = await replica());
  });
  beforeEach(() => {
    key = randomUUID();
  });
  afterAll(() => opened.forEach(close));

  it('gives a key to one of those who come at once to several replicas', async () => {
    const stores = [await newStore(), await newStore()];
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]?.claim(key, 'f') ?? Promise.reject(new Error())),
    );
    expect(claims.filter((claimed) => 'keep' in claimed)).toHaveLength(1);
  });

  it('knows in another replica what was answered in one, for a day', async () => {
    await own(await (await newStore()).claim(key, 'f')).keep(NOTHING);
    expect(await (await newStore()).claim(key, 'other')).toMatchObject({ fingerprint: 'f', answer: NOTHING });
    expect(await valueOf(key)).toMatch(/^[\w-]{36} 2 answered f \d{13}\n/);
    expect(await timeLeft()).toBeGreaterThan(DAY_MS - 10_000);
  });

  it('forgets everywhere what was released', async () => {
    await own(await (await newStore()).claim(key, 'f')).release();
    expect(await (await newStore()).claim(key, 'other')).toHaveProperty('keep');
  });

  it('holds a key for a process that died: what became of its request is not known', async () => {
    const from = Date.now();
    const dying = await replica();
    await dying.store.claim(key, 'f');
    const to = Date.now();
    close(dying.redis);
    const { since = 0, ...known } = (await (await newStore()).claim(key, 'f')) as KnownKey;
    expect(known).toEqual({ fingerprint: 'f' });
    expect([since >= from, since <= to]).toEqual([true, true]);
    expect(await timeLeft()).toBeGreaterThan(DAY_MS - 10_000);
  });

  it('does not overwrite what another has kept after the claim was lost', async () => {
    const lost = own(await (await newStore()).claim(key, 'first'));
    await redis.run((client) => client.del(nameOf(key)));
    await own(await (await newStore()).claim(key, 'second')).keep(NOTHING);
    await lost.keep(NOTHING);
    await lost.release();
    expect(await (await newStore()).claim(key, 'second')).toMatchObject({ fingerprint: 'second', answer: NOTHING });
  });

  it('tells Redis again what it has lost, before anybody is given the key', async () => {
    const remembering = await replica();
    const forgetful = await newStore();
    await own(await remembering.store.claim(key, 'f')).keep(NOTHING);
    await loseEverything();
    const claimed = forgetful.claim(key, 'f');
    remembering.redis.reportLoss();
    expect(await claimed).toMatchObject({ fingerprint: 'f', answer: NOTHING });
    expect(await timeLeft()).toBeGreaterThan(DAY_MS - 60_000);
  });

  it('keeps the key of a request under way that Redis has lost', async () => {
    const running = own(await (await newStore()).claim(key, 'f'));
    await loseEverything();
    expect(await (await newStore()).claim(key, 'f')).toMatchObject({ fingerprint: 'f', since: expect.any(Number) });
    await running.release();
    await own(await (await newStore()).claim(key, 'f')).release();
  });

  it('does not guess at what another version has written', async () => {
    const value = `${randomUUID()} 9 answered f\n{}`;
    await redis.run((client) => client.set(nameOf(key), value, 'PX', 60_000));
    await expect((await newStore()).claim(key, 'f')).rejects.toThrow(Unreadable);
  });

  describe('while Redis is away', () => {
    let wire: TcpProxy;
    let cutOff: Awaited<ReturnType<typeof replica>>;
    let running: OwnKey;

    beforeEach(async () => {
      wire = new TcpProxy(Number(new URL(REDIS_URL).port));
      await wire.start();
      cutOff = await replica(`redis://127.0.0.1:${wire.port}`);
      running = own(await cutOff.store.claim(key, 'f'));
      wire.refuse();
      await until('it is away', () => cutOff.redis.isAway);
    });
    afterEach(async () => {
      close(cutOff.redis);
      await wire.close();
    });

    it('gives nobody a key: another replica may have been given it', async () => {
      await expect(cutOff.store.claim(randomUUID(), 'f')).rejects.toThrow(RedisUnavailable);
    });

    it('knows what it has answered itself, and tells the others when Redis is back', async () => {
      await running.keep(NOTHING);
      expect(await cutOff.store.claim(key, 'f')).toEqual({ fingerprint: 'f', answer: NOTHING });
      const other = await newStore();
      expect(await other.claim(key, 'f')).not.toHaveProperty('answer');
      wire.heal();
      await until('the others to know', async () => 'answer' in (await other.claim(key, 'f')));
    });

    it('releases a key everywhere when Redis is back', async () => {
      await running.release();
      const other = await newStore();
      expect(await other.claim(key, 'f')).not.toHaveProperty('keep');
      wire.heal();
      await until('the key to be free', async () => (await valueOf(key)) === null);
      await own(await other.claim(key, 'f')).release();
    });
  });
});
