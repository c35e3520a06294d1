import type { Keyv } from 'keyv';
import { RedisUnavailable, type SharedRedis } from '../redis/shared-redis.js';
import type { SharedEntry } from './entry-codec.js';
import type { Leases } from './leases.js';
import type { AgedEntry } from './redis-store.js';
import type { SharedEpochs } from './shared-epochs.js';

/**
 * So long after Redis came back, what was stored before is not used: others may still have to tell it of writes made while
 * it was away.
 */
const SETTLING_MS = 2000;

/** What Redis knows of a question. */
export interface SharedLookup {
  /** What was answered last: something to ask Logto about. */
  readonly entry: AgedEntry | undefined;
  /** Nothing it speaks of was written since: it may be an answer. */
  readonly counts: boolean;
  /** What an answer to the question asked now is to be stored under. */
  readonly seal: string;
}

/** Injects the `SharedCache`; undefined where there is no Redis. */
export const SHARED_CACHE = Symbol('SHARED_CACHE');

/** How reads of the tier that replicas share ended. */
export interface SharedCounts {
  hit: number;
  miss: number;
  /** Redis could not be asked. */
  unavailable: number;
}

/** The tier that replicas share. Nothing here ever fails: where Redis does not answer, nothing is known. */
export class SharedCache {
  readonly counts: SharedCounts = { hit: 0, miss: 0, unavailable: 0 };

  constructor(
    private readonly redis: SharedRedis,
    private readonly store: Keyv,
    private readonly epochs: SharedEpochs,
    private readonly leases: Leases,
  ) {}

  /** Undefined where Redis cannot be asked. */
  async look(key: string, tags: readonly string[]): Promise<SharedLookup | undefined> {
    try {
      const [entry, seal] = await Promise.all([this.store.get<AgedEntry>(key), this.epochs.seal(tags)]);
      const counts = entry !== undefined && this.#isSettled(entry) && entry.seal === seal;
      this.counts[counts ? 'hit' : 'miss'] += 1;
      return { entry, counts, seal };
    } catch (error) {
      this.counts.unavailable += 1;
      return unavailable(error);
    }
  }

  async put(key: string, entry: SharedEntry): Promise<void> {
    await this.store.set(key, entry);
  }

  /** Whether the question is ours to ask; it is when nobody can be asked whose it is. */
  async take(key: string): Promise<boolean> {
    return (await this.leases.take(key).catch(unavailable)) ?? true;
  }

  async release(key: string): Promise<void> {
    await this.leases.release(key).catch(unavailable);
  }

  #isSettled({ ageMs }: AgedEntry): boolean {
    const { usableForMs } = this.redis;
    return usableForMs > SETTLING_MS || ageMs < usableForMs;
  }
}

const unavailable = (error: unknown): undefined => {
  if (!(error instanceof RedisUnavailable)) throw error;
  return undefined;
};
