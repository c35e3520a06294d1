import { LRUCache } from 'lru-cache';
import type { FirstAnswer } from './first-answer.js';

/** What is known of a key. */
export interface KnownKey {
  /** Tells the request it was first used for from another with the same key. */
  readonly fingerprint: string;
  /** Absent while that request is still running. */
  readonly answer?: FirstAnswer;
  /** When another process began it, in milliseconds since the epoch. */
  readonly since?: number;
}

export const KEPT_FOR_MS = 24 * 60 * 60 * 1000;
const MOST_BYTES = 32 * 1024 * 1024;
const OVERHEAD_BYTES = 512;

const sizeOf = ({ answer }: KnownKey): number => OVERHEAD_BYTES + (answer?.result?.payload.bytes.length ?? 0);

/** Which keys were used for what, in this process. */
export class MemoryKeys {
  readonly #kept = new LRUCache<string, KnownKey>({
    ttl: KEPT_FOR_MS,
    maxSize: MOST_BYTES,
    sizeCalculation: sizeOf,
  });

  get(key: string): KnownKey | undefined {
    return this.#kept.get(key);
  }

  /** The first request with the key begins. */
  begin(key: string, fingerprint: string): void {
    this.#kept.set(key, { fingerprint });
  }

  keep(key: string, fingerprint: string, answer: FirstAnswer): void {
    this.#kept.set(key, { fingerprint, answer });
  }

  /** What is kept, the latest first, and for how long yet. */
  *answered(): Iterable<readonly [key: string, known: KnownKey, leftMs: number]> {
    for (const [key, known] of this.#kept.entries())
      if (known.answer) yield [key, known, this.#kept.getRemainingTTL(key)];
  }

  /** The first request came to nothing: the key may be used as if never seen. */
  release(key: string): void {
    this.#kept.delete(key);
  }
}
