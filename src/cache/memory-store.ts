import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.js';
import { residentBytes } from './resident.js';

/** What an entry costs beside its bytes: key, objects, bookkeeping. */
const OVERHEAD_BYTES = 2048;

/** What is made of an answer, views and aggregates, lives as long as it does; about as much again. */
const SHARE_OF_VIEWS = 2;
/** So does the parsed value of a light one. */
const SHARE_OF_LIGHT = 3;

/** How Keyv hands a value to its store. */
interface Held {
  readonly value?: Entry;
}

const sizeOf = ({ value }: Held): number => {
  if (!value) return residentBytes(OVERHEAD_BYTES);
  const { bytes, isLight } = value.reply.payload;
  return residentBytes(OVERHEAD_BYTES + (isLight ? SHARE_OF_LIGHT : SHARE_OF_VIEWS) * bytes.length);
};

/**
 * A Keyv store in this process, bounded by bytes: what was not used for longest goes first. Entries are kept as the
 * objects they are, so a hit parses and copies nothing.
 */
export class MemoryStore {
  readonly #lru: LRUCache<string, Held>;
  #evictions = 0;
  #changes = 0;

  /** @param maxBytes 0 remembers nothing */
  constructor(maxBytes: number) {
    // 0 means no bound to the library; no entry is as small as one byte.
    const maxSize = Math.max(1, maxBytes);
    this.#lru = new LRUCache<string, Held>({
      maxSize,
      maxEntrySize: maxSize,
      sizeCalculation: sizeOf,
      dispose: (_held, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
      },
    });
  }

  get(key: string): Held | undefined {
    return this.#lru.get(key);
  }

  /** How often anything came or went. What goes to make room goes when something comes. */
  get changes(): number {
    return this.#changes;
  }

  set(key: string, held: Held): void {
    this.#changes += 1;
    this.#lru.set(key, held);
  }

  delete(key: string): boolean {
    this.#changes += 1;
    return this.#lru.delete(key);
  }

  clear(): void {
    this.#changes += 1;
    this.#lru.clear();
  }

  /** Entries and bytes held, and how many entries had to go to make room. */
  get usage(): { readonly entries: number; readonly bytes: number; readonly evictions: number } {
    return { entries: this.#lru.size, bytes: this.#lru.calculatedSize, evictions: this.#evictions };
  }
}
