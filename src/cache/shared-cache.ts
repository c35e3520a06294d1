import type { Keyv } from 'keyv';
import type { Leases } from '../redis/lease.js';
import { RedisUnavailable } from '../redis/shared-redis.js';
import type { Lifetime, UpstreamReply } from '../upstream/exchange.js';
import type { SharedEntry } from './entry-codec.js';
import type { Position } from './log-record.js';
import type { LogReader } from './log-reader.js';
import type { TagVersions } from './tag-versions.js';

/** So long others wait for whoever asks Logto; if it died meanwhile, this is what it costs them. */
export const FILL_MS = 1000;

/** What Redis knows of a question. */
export interface SharedLookup {
  /** Under which name Redis has it, or is to have it: of the data it was looked for in. */
  readonly name: string;
  /** What was answered last: something to ask Logto about. */
  readonly entry: SharedEntry | undefined;
  /** Nothing it speaks of was written since: it may be an answer. */
  readonly counts: boolean;
  /** How long ago Logto said so. */
  readonly ageMs: number;
}

/** Injects the `SharedCache`; undefined where there is no Redis. */
export const SHARED_CACHE = Symbol('SHARED_CACHE');

/** The tier that replicas share. Nothing here ever fails: where Redis does not answer, nothing is known. */
export class SharedCache {
  /** How reads of it ended; `unavailable` where Redis could not be asked. */
  readonly counts = { hit: 0, miss: 0, unavailable: 0 };

  constructor(
    private readonly store: Keyv,
    private readonly leases: Leases,
    private readonly versions: TagVersions,
    private readonly reader: Pick<LogReader, 'history' | 'redisNow'>,
  ) {}

  /** Undefined where Redis cannot be asked. */
  async look(key: string, tags: readonly string[]): Promise<SharedLookup | undefined> {
    try {
      const name = this.#name(key);
      const entry = await this.store.get<SharedEntry>(name);
      const isTrue = entry !== undefined && name === this.#name(key) && this.versions.isTrueAt(tags, entry.position);
      const counts = isTrue && !this.versions.isBeingWritten(tags);
      this.counts[counts ? 'hit' : 'miss'] += 1;
      return { name, entry, counts, ageMs: entry ? Math.max(0, this.reader.redisNow() - entry.storedAt) : 0 };
    } catch (error) {
      this.counts.unavailable += 1;
      return unavailable(error);
    }
  }

  /** @param position how far the log was read when it was asked for */
  async put(name: string, reply: UpstreamReply, lifetime: Lifetime, position: Position): Promise<void> {
    await this.store
      .set(name, { reply, lifetime, position, storedAt: this.reader.redisNow() } satisfies SharedEntry)
      .catch(unavailable);
  }

  /** Gives back how to let others go on, or undefined while another replica asks. Whoever cannot find out asks. */
  async claim(name: string): Promise<(() => void) | undefined> {
    const options = { ttlMs: FILL_MS, protects: false };
    const lease = await this.leases.take(`fill:${name}`, options).catch(unavailable);
    if (lease && 'found' in lease) return undefined;
    return () => void lease?.release();
  }

  /** What was kept in another life of Redis is not found in this one. */
  #name(key: string): string {
    return `${this.reader.history.slice(0, 12)}:${key}`;
  }
}

const unavailable = (error: unknown): undefined => {
  if (!(error instanceof RedisUnavailable)) throw error;
  return undefined;
};
