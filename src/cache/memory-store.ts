import { LRUCache } from 'lru-cache';
import type { UpstreamReply } from '../upstream/exchange.js';

/** What an entry costs beside its bytes: key, objects, timers. */
const OVERHEAD_BYTES = 1024;

/** The parsed value and the views made of an answer live as long as it does; about as much again each. */
const SHARE_OF_VIEWS = 3;

interface Held {
  readonly value?: { readonly reply?: UpstreamReply };
}

const sizeOf = (held: Held): number => OVERHEAD_BYTES + SHARE_OF_VIEWS * (held.value?.reply?.payload.bytes.length ?? 0);

/**
 * A Keyv store in this process, bounded by bytes: what was not used for longest goes first. Entries are kept as the
 * objects they are, so a hit parses and copies nothing.
 */
export const memoryStore = (maxBytes: number) => {
  // 0 means no bound to the library; no entry is as small as one byte.
  const maxSize = Math.max(1, maxBytes);
  const lru = new LRUCache<string, Held>({ maxSize, maxEntrySize: maxSize, sizeCalculation: sizeOf });
  return {
    get: (key: string) => lru.get(key),
    set: (key: string, held: Held) => void lru.set(key, held),
    delete: (key: string) => lru.delete(key),
    clear: () => lru.clear(),
  };
};
