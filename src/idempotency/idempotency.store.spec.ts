import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { IdempotencyStore, type OwnKey } from './idempotency.store.js';
import type { KnownKey } from './memory-keys.js';
import { type SharedClaim, SharedKeys, Unreadable } from './shared-keys.js';

const NOTHING = { result: undefined };

const own = (claimed: KnownKey | OwnKey): OwnKey => {
  if (!('keep' in claimed)) throw new Error(`known already: ${JSON.stringify(claimed)}`);
  return claimed;
};
const claim = (claimed: KnownKey | SharedClaim): SharedClaim => own(claimed);

describe('the store of idempotency keys without Redis', () => {
  it('gives a key to one of those who come at once', async () => {
    const store = new IdempotencyStore(undefined);
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('k', 'f')));
    expect(claims.filter((claimed) => 'keep' in claimed)).toHaveLength(1);
    expect(claims.filter((claimed) => 'fingerprint' in claimed && !claimed.answer)).toHaveLength(19);
  });

  it('knows the answer once it is kept, and nothing once it is released', async () => {
    const store = new IdempotencyStore(undefined);
    await own(await store.claim('k', 'f')).keep(NOTHING);
    expect(await store.claim('k', 'other')).toEqual({ fingerprint: 'f', answer: NOTHING });
    await own(await store.claim('k2', 'f')).release();
    await own(await store.claim('k2', 'other')).release();
  });
});

describeWithRedis('the store of idempotency keys with Redis', () => {
  const prefix = `test:${randomUUID()}`;
  let redis: SharedRedis;
  let key: string;

  const open = async (): Promise<SharedRedis> => {
    const opened = new SharedRedis({ client: connect(REDIS_URL), prefix, timeoutMs: 1000 });
    await until('Redis answers', () => opened.usable);
    return opened;
  };
  const timeLeft = (): Promise<number> => redis.run((client) => client.pttl(redis.key('idempotency', key)));

  beforeAll(async () => {
    redis = await open();
  });
  beforeEach(() => {
    key = randomUUID();
  });
  afterAll(() => redis.close());

  it('gives a key to one of those who come at once to several replicas', async () => {
    const stores = [new IdempotencyStore(redis), new IdempotencyStore(redis)];
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]?.claim(key, 'f') ?? Promise.reject(new Error())),
    );
    expect(claims.filter((claimed) => 'keep' in claimed)).toHaveLength(1);
  });

  it('knows in another replica what was answered in one, for a day', async () => {
    await own(await new IdempotencyStore(redis).claim(key, 'f')).keep(NOTHING);
    expect(await new IdempotencyStore(redis).claim(key, 'other')).toEqual({ fingerprint: 'f', answer: NOTHING });
    expect(await timeLeft()).toBeGreaterThan(86_390_000);
  });

  it('forgets everywhere what was released', async () => {
    await own(await new IdempotencyStore(redis).claim(key, 'f')).release();
    expect(await new IdempotencyStore(redis).claim(key, 'other')).toHaveProperty('keep');
  });

  it('holds a key for whoever is answering, however long that takes, and not for a process that died', async () => {
    const living = claim(await new SharedKeys(redis, 600).claim(key, 'f'));
    const from = performance.now();
    await until('twice its life has passed', () => performance.now() - from > 1300);
    expect(await new SharedKeys(redis).claim(key, 'f')).toEqual({ fingerprint: 'f' });
    await living.release();
    const gone = await open();
    claim(await new SharedKeys(gone, 150).claim(key, 'f'));
    gone.close();
    await until('the key is free', async () => 'keep' in (await new SharedKeys(redis, 150).claim(key, 'f')));
  });

  it('does not overwrite what another has kept after the claim was lost', async () => {
    const lost = claim(await new SharedKeys(redis).claim(key, 'first'));
    await redis.run((client) => client.del(redis.key('idempotency', key)));
    await claim(await new SharedKeys(redis).claim(key, 'second')).keep(NOTHING);
    await lost.keep({ result: undefined });
    await lost.release();
    expect(await new SharedKeys(redis).claim(key, 'second')).toEqual({ fingerprint: 'second', answer: NOTHING });
  });

  it('goes on in memory while Redis is away', async () => {
    const away = await open();
    const store = new IdempotencyStore(away);
    const before = own(await store.claim(key, 'f'));
    away.close();
    await until('it is away', () => !away.usable);
    await before.keep(NOTHING);
    expect(await store.claim(key, 'f')).toEqual({ fingerprint: 'f', answer: NOTHING });
    await own(await store.claim(`${key}-2`, 'f')).keep(NOTHING);
    expect(await store.claim(`${key}-2`, 'f')).toEqual({ fingerprint: 'f', answer: NOTHING });
  });

  it('does not guess at what another version has written', async () => {
    await redis.run((client) => client.set(redis.key('idempotency', key), '9 answered f\n{}', 'PX', 60_000));
    await expect(new IdempotencyStore(redis).claim(key, 'f')).rejects.toThrow(Unreadable);
  });
});
