import { LRUCache } from 'lru-cache';
import type { Representation } from '../http/representation.js';
import type { Problem } from '../http/problem.js';

/** The first answer to a key: what a handler gave, or the problem it ended in. */
export type FirstAnswer =
  | { readonly result: Representation | undefined; readonly problem?: never }
  | { readonly result?: never; readonly problem: Problem };

interface KeptRequest {
  /** Tells this request from another with the same key. */
  readonly fingerprint: string;
  /** Absent while the first request is still running. */
  readonly answer?: FirstAnswer;
}

const KEPT_FOR_MS = 24 * 60 * 60 * 1000;
const MOST_BYTES = 32 * 1024 * 1024;
const OVERHEAD_BYTES = 512;

const sizeOf = ({ answer }: KeptRequest): number => OVERHEAD_BYTES + (answer?.result?.payload.bytes.length ?? 0);

/** Which keys were used for what. In this process: a replica of its own knows nothing of the others' keys. */
export class IdempotencyStore {
  readonly #kept = new LRUCache<string, KeptRequest>({
    ttl: KEPT_FOR_MS,
    maxSize: MOST_BYTES,
    sizeCalculation: sizeOf,
  });

  /** What is known of a key; undefined when it is new, and from now on the caller's to answer. */
  claim(key: string, fingerprint: string): KeptRequest | undefined {
    const known = this.#kept.get(key);
    if (!known) this.#kept.set(key, { fingerprint });
    return known;
  }

  keep(key: string, fingerprint: string, answer: FirstAnswer): void {
    this.#kept.set(key, { fingerprint, answer });
  }

  /** The first request came to nothing: the key may be used as if never seen. */
  release(key: string): void {
    this.#kept.delete(key);
  }
}
