import { LRUCache } from 'lru-cache';
import type { FirstAnswer } from './first-answer.js';

/** The record of an idempotency key. */
export interface KeyRecord {
  /** Identifies the first request, to detect a different one with the same key. */
  readonly fingerprint: string;
  /** Absent while the first request is in progress. */
  readonly answer?: FirstAnswer;
  /** When another process started the first request, in milliseconds since the epoch. */
  readonly since?: number;
}

export const RETENTION_MS = 24 * 60 * 60 * 1000;
const MAX_BYTES = 32 * 1024 * 1024;
const OVERHEAD_BYTES = 512;

const sizeOf = ({ answer }: KeyRecord): number => OVERHEAD_BYTES + (answer?.result?.payload.bytes.length ?? 0);

/** The idempotency keys of this process. */
export class MemoryKeys {
  readonly #records = new LRUCache<string, KeyRecord>({
    ttl: RETENTION_MS,
    maxSize: MAX_BYTES,
    sizeCalculation: sizeOf,
  });

  get(key: string): KeyRecord | undefined {
    return this.#records.get(key);
  }

  /** Records that the first request is in progress. */
  start(key: string, fingerprint: string): void {
    this.#records.set(key, { fingerprint });
  }

  complete(key: string, fingerprint: string, answer: FirstAnswer): void {
    this.#records.set(key, { fingerprint, answer });
  }

  /** Completed records and their remaining TTL, the most recently used first. */
  *completed(): Iterable<readonly [key: string, record: KeyRecord, ttlMs: number]> {
    for (const [key, record] of this.#records.entries())
      if (record.answer) yield [key, record, this.#records.getRemainingTTL(key)];
  }

  /** Removes the record, so that the key may be used again. */
  release(key: string): void {
    this.#records.delete(key);
  }
}
