import { Inject, Injectable } from '@nestjs/common';
import pMap from 'p-map';
import type { Leases } from '../redis/lease.js';
import { LEASES, REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import type { FirstAnswer } from './first-answer.js';
import { type KeyRecord, MemoryKeys } from './memory-keys.js';
import { type SharedClaim, SharedKeys } from './shared-keys.js';

/** All records must be restored in the grace period of the leases, but without flooding a Redis that has just restarted. */
const RESTORE_CONCURRENCY = 500;

/** A claimed key. Exactly one of the methods must be called, once. */
export interface KeyClaim {
  complete(answer: FirstAnswer): Promise<void>;
  /** Nothing was done, so the key may be used again. */
  release(): Promise<void>;
}

/**
 * The records of idempotency keys. Redis has those of all replicas, and the memory of this process is consulted first, or
 * alone without Redis. Records that Redis loses are restored from memory.
 */
@Injectable()
export class IdempotencyStore {
  readonly #memory = new MemoryKeys();
  readonly #shared: SharedKeys | undefined;
  /** Claims in progress, which concurrent requests with the same key share. */
  readonly #claiming = new Map<string, Promise<KeyRecord | SharedClaim | undefined>>();

  constructor(@Inject(LEASES) leases: Leases | undefined, @Inject(REDIS) redis: SharedRedis | undefined) {
    this.#shared = leases && new SharedKeys(leases);
    redis?.onDataLoss(() => void this.#restore());
  }

  /**
   * Returns the record of a key, or claims a new one. Throws RedisUnavailable when Redis does not answer, because another
   * replica may have claimed the key.
   */
  async claim(key: string, fingerprint: string): Promise<KeyRecord | KeyClaim> {
    const record = this.#memory.get(key);
    if (record) return record;
    const claiming = this.#claiming.get(key);
    if (claiming) {
      const outcome = await claiming;
      return outcome && 'fingerprint' in outcome ? outcome : this.claim(key, fingerprint);
    }
    // There must be no await between the lookups above and here, so that only one of concurrent requests claims.
    const claimed = this.#shared?.claim(key, fingerprint) ?? Promise.resolve(undefined);
    this.#claiming.set(key, claimed);
    try {
      const shared = await claimed;
      if (shared && 'fingerprint' in shared) return shared;
      this.#memory.start(key, fingerprint);
      return {
        complete: async (answer) => {
          this.#memory.complete(key, fingerprint, answer);
          await shared?.complete(answer);
        },
        release: async () => {
          this.#memory.release(key);
          await shared?.release();
        },
      };
    } finally {
      this.#claiming.delete(key);
    }
  }

  async #restore(): Promise<void> {
    const restore = ([key, record, ttlMs]: readonly [string, KeyRecord, number]) =>
      this.#shared?.restore(key, record, ttlMs);
    await pMap(this.#memory.completed(), restore, { concurrency: RESTORE_CONCURRENCY });
  }
}
