import { Inject, Injectable } from '@nestjs/common';
import pMap from 'p-map';
import type { Leases } from '../redis/lease.js';
import { LEASES, REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import type { FirstAnswer } from './first-answer.js';
import { type KnownKey, MemoryKeys } from './memory-keys.js';
import { type SharedClaim, SharedKeys } from './shared-keys.js';

/** A second later Redis grants leases again, and must know all of them by then; yet one that is just back is not flooded. */
const TOLD_AT_ONCE = 500;

/** A key that is the claimer's to answer: exactly one of the two is called, once. */
export interface OwnKey {
  keep(answer: FirstAnswer): Promise<void>;
  /** The request came to nothing: the key may be used as if never seen. */
  release(): Promise<void>;
}

/**
 * Which keys were used for what. Redis knows it for all replicas; the memory of this process answers first, and alone where
 * there is no Redis. What Redis loses it is told again.
 */
@Injectable()
export class IdempotencyStore {
  readonly #memory = new MemoryKeys();
  readonly #shared: SharedKeys | undefined;
  /** Keys that Redis is being asked for: who comes meanwhile hears the same. */
  readonly #asking = new Map<string, Promise<KnownKey | SharedClaim | undefined>>();

  constructor(@Inject(LEASES) leases: Leases | undefined, @Inject(REDIS) redis: SharedRedis | undefined) {
    this.#shared = leases && new SharedKeys(leases);
    redis?.onLoss(() => void this.#tellAgain());
  }

  /**
   * What is known of a key; when nothing is, the key becomes the caller's. Throws RedisUnavailable where Redis cannot be
   * asked: another replica may have been given the key.
   */
  async claim(key: string, fingerprint: string): Promise<KnownKey | OwnKey> {
    const known = this.#memory.get(key);
    if (known) return known;
    const beingAsked = this.#asking.get(key);
    if (beingAsked) {
      const heard = await beingAsked;
      return heard && 'fingerprint' in heard ? heard : this.claim(key, fingerprint);
    }
    // Nothing is awaited between looking and asking: of those who come at once, one asks.
    const asked = this.#shared?.claim(key, fingerprint) ?? Promise.resolve(undefined);
    this.#asking.set(key, asked);
    try {
      const shared = await asked;
      if (shared && 'fingerprint' in shared) return shared;
      this.#memory.begin(key, fingerprint);
      return {
        keep: async (answer) => {
          this.#memory.keep(key, fingerprint, answer);
          await shared?.keep(answer);
        },
        release: async () => {
          this.#memory.release(key);
          await shared?.release();
        },
      };
    } finally {
      this.#asking.delete(key);
    }
  }

  async #tellAgain(): Promise<void> {
    const tell = ([key, known, leftMs]: readonly [string, KnownKey, number]) =>
      this.#shared?.restore(key, known, leftMs);
    await pMap(this.#memory.answered(), tell, { concurrency: TOLD_AT_ONCE });
  }
}
