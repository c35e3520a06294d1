import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.js';
import { residentBytes } from './resident-bytes.js';

/** What an entry takes in addition to its bytes: key, objects, bookkeeping. */
const OVERHEAD_BYTES = 2048;

/** Views and aggregates are retained with their payload, and take about as much memory again. */
const BYTES_WITH_VIEWS = 2;
/** The parsed value of a light payload is retained too. */
const BYTES_WITH_VIEWS_AND_JSON = 3;

/** The form in which Keyv passes a value to its store. */
interface KeyvValue {
  readonly value?: Entry;
}

const sizeOf = ({ value }: KeyvValue): number => {
  if (!value) return residentBytes(OVERHEAD_BYTES);
  const { bytes, isLight } = value.reply.payload;
  return residentBytes(OVERHEAD_BYTES + (isLight ? BYTES_WITH_VIEWS_AND_JSON : BYTES_WITH_VIEWS) * bytes.length);
};

/** A Keyv store in this process: an LRU bounded by bytes. It stores objects as they are, so a hit parses and copies nothing. */
export class MemoryStore {
  readonly #lru: LRUCache<string, KeyvValue>;
  #evictions = 0;
  #changes = 0;

  /** @param maxBytes 0 stores nothing */
  constructor(maxBytes: number) {
    // The library takes 0 for no bound. No entry fits into 1 byte.
    const maxSize = Math.max(1, maxBytes);
    this.#lru = new LRUCache<string, KeyvValue>({
      maxSize,
      maxEntrySize: maxSize,
      sizeCalculation: sizeOf,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
      },
    });
  }

  get(key: string): KeyvValue | undefined {
    return this.#lru.get(key);
  }

  /** Grows with every change. Evictions happen only when something is set. */
  get changes(): number {
    return this.#changes;
  }

  set(key: string, value: KeyvValue): void {
    this.#changes += 1;
    this.#lru.set(key, value);
  }

  delete(key: string): boolean {
    this.#changes += 1;
    return this.#lru.delete(key);
  }

  clear(): void {
    this.#changes += 1;
    this.#lru.clear();
  }

  get usage(): { readonly entries: number; readonly bytes: number; readonly evictions: number } {
    return { entries: this.#lru.size, bytes: this.#lru.calculatedSize, evictions: this.#evictions };
  }
}
