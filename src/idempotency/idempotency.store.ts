import { Inject, Injectable } from '@nestjs/common';
import { REDIS } from '../redis/redis.tokens.js';
import { RedisUnavailable, type SharedRedis } from '../redis/shared-redis.js';
import type { FirstAnswer } from './first-answer.js';
import { type KnownKey, MemoryKeys } from './memory-keys.js';
import { type SharedClaim, SharedKeys } from './shared-keys.js';

/** A key that is the claimer's to answer: exactly one of the two is called, once. */
export interface OwnKey {
  keep(answer: FirstAnswer): Promise<void>;
  /** The request came to nothing: the key may be used as if never seen. */
  release(): Promise<void>;
}

/**
 * Which keys were used for what. Redis knows it for all replicas; the memory of this process answers first, and alone where
 * there is no Redis or it is away.
 */
@Injectable()
export class IdempotencyStore {
  readonly #memory = new MemoryKeys();
  readonly #shared: SharedKeys | undefined;
  /** Keys that Redis is being asked for: who comes meanwhile hears the same. */
  readonly #asking = new Map<string, Promise<KnownKey | SharedClaim | undefined>>();

  constructor(@Inject(REDIS) redis: SharedRedis | undefined) {
    this.#shared = redis && new SharedKeys(redis);
  }

  /** What is known of a key; when nothing is, the key becomes the caller's. */
  async claim(key: string, fingerprint: string): Promise<KnownKey | OwnKey> {
    const known = this.#memory.get(key);
    if (known) return known;
    const beingAsked = this.#asking.get(key);
    if (beingAsked) {
      const heard = await beingAsked;
      return heard && 'fingerprint' in heard ? heard : this.claim(key, fingerprint);
    }
    // Nothing is awaited between looking and asking: of those who come at once, one asks.
    const asked = this.#ask(key, fingerprint);
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

  async #ask(key: string, fingerprint: string): Promise<KnownKey | SharedClaim | undefined> {
    try {
      return await this.#shared?.claim(key, fingerprint);
    } catch (error) {
      if (error instanceof RedisUnavailable) return undefined;
      throw error;
    }
  }
}
