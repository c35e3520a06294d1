import type { Keyv } from 'keyv';
import type { Leases } from '../redis/lease.js';
import { RedisUnavailable } from '../core/faults.js';
import type { Lifetime, UpstreamReply } from '../core/exchange.js';
import type { SharedEntry } from './entry-codec.js';
import type { Position } from '../core/position.js';
import type { LogReader } from './log-reader.js';
import type { TagVersions } from './tag-versions.js';

/** How long other replicas wait for the one that asks Logto, even if that one has died. */
export const FILL_LEASE_MS = 1000;

/** The result of a lookup in Redis. */
export interface SharedLookup {
  /** The key in Redis. It names the data set of the lookup, so that a later `put` does not write into another one. */
  readonly name: string;
  /** The stored entry, which may be invalid and then only be revalidated. */
  readonly entry: SharedEntry | undefined;
  /** None of its tags was written since, so it may be served. */
  readonly isValid: boolean;
  readonly ageMs: number;
}

/** Injects the `SharedCache`; undefined where there is no Redis. */
export const SHARED_CACHE = Symbol('SHARED_CACHE');

/** The cache tier in Redis that replicas share. Its methods never fail: while Redis is down it acts as if it were empty. */
export class SharedCache {
  /** Lookups by outcome; `unavailable` when Redis did not answer. */
  readonly counts = { hit: 0, miss: 0, unavailable: 0 };

  constructor(
    private readonly store: Keyv,
    private readonly leases: Leases,
    private readonly versions: TagVersions,
    private readonly reader: Pick<LogReader, 'replicationId' | 'redisNow'>,
  ) {}

  /** Undefined when Redis does not answer. */
  async lookUp(key: string, tags: readonly string[]): Promise<SharedLookup | undefined> {
    try {
      const name = this.#name(key);
      const entry = await this.store.get<SharedEntry>(name);
      const isValid =
        entry !== undefined &&
        name === this.#name(key) &&
        this.versions.isValidAt(tags, entry.position) &&
        !this.versions.isBeingWritten(tags);
      this.counts[isValid ? 'hit' : 'miss'] += 1;
      return { name, entry, isValid, ageMs: entry ? Math.max(0, this.reader.redisNow() - entry.storedAt) : 0 };
    } catch (error) {
      this.counts.unavailable += 1;
      return unavailable(error);
    }
  }

  /** @param position how far the log was read when Logto was asked */
  async put(name: string, reply: UpstreamReply, lifetime: Lifetime, position: Position): Promise<void> {
    await this.store
      .set(name, { reply, lifetime, position, storedAt: this.reader.redisNow() } satisfies SharedEntry)
      .catch(unavailable);
  }

  /**
   * Claims the right to ask Logto, so that only one replica does. Returns how to release it; undefined while another replica
   * has it. While Redis is down every replica gets it.
   */
  async claimFill(name: string): Promise<(() => void) | undefined> {
    const options = { ttlMs: FILL_LEASE_MS, strict: false };
    const lease = await this.leases.take(`fill:${name}`, options).catch(unavailable);
    if (lease && 'found' in lease) return undefined;
    return () => void lease?.release();
  }

  /** Contains the replication id, so that entries from before a restart or failover of Redis are not found. */
  #name(key: string): string {
    return `${this.reader.replicationId.slice(0, 12)}:${key}`;
  }
}

const unavailable = (error: unknown): undefined => {
  if (!(error instanceof RedisUnavailable)) throw error;
  return undefined;
};
