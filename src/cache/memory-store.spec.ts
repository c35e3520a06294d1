import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { MemoryStore } from './memory-store.js';

const ofBytes = (size: number) => ({
  value: {
    reply: replyOf(undefined, { bytes: 'x'.repeat(size) }),
    lifetime: { freshMs: 1, staleMs: 0 },
    storedAt: 0,
    tags: [],
    asOf: 0,
  },
});
const storedKeys = (store: MemoryStore, keys: readonly string[]) => keys.filter((key) => store.get(key));

describe('memory store', () => {
  it('returns the very object it was given', () => {
    const store = new MemoryStore(100_000);
    const value = ofBytes(10);
    store.set('key', value);
    expect(store.get('key')).toBe(value);
  });

  it('evicts the least recently used entry when the bytes are used up', () => {
    // Each entry counts about 40 kB with its views: three fit, a fourth does not.
    const store = new MemoryStore(130_000);
    for (const key of ['a', 'b', 'c']) store.set(key, ofBytes(10_000));
    store.get('a');
    store.set('d', ofBytes(10_000));
    expect(storedKeys(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  it('is bounded by bytes, not by the number of entries', () => {
    const store = new MemoryStore(130_000);
    const small = Array.from({ length: 50 }, (_, index) => `small ${index}`);
    for (const key of small) store.set(key, ofBytes(10));
    expect(storedKeys(store, small)).toHaveLength(50);
    store.set('large', ofBytes(45_000));
    expect(storedKeys(store, ['large'])).toEqual(['large']);
    expect(storedKeys(store, small).length).toBeLessThan(10);
  });

  it('does not store an entry larger than its bound, and evicts nothing for it', () => {
    const store = new MemoryStore(100_000);
    store.set('small', ofBytes(10));
    store.set('huge', ofBytes(200_000));
    expect(storedKeys(store, ['small', 'huge'])).toEqual(['small']);
  });

  it('counts no parsed value for a heavy payload', () => {
    const store = new MemoryStore(1_000_000);
    store.set('heavy', ofBytes(20_000));
    expect(store.usage.bytes).toBe(1.25 * (2048 + 2 * 20_000));
  });

  it('reports entries, bytes and evictions', () => {
    const store = new MemoryStore(130_000);
    for (const key of ['a', 'b', 'c', 'd', 'e']) store.set(key, ofBytes(10_000));
    store.set('e', ofBytes(20));
    expect(store.usage).toEqual({ entries: 3, bytes: 2 * 40_060 + 2635, evictions: 2 });
  });

  it('stores nothing when its bound is 0', () => {
    const store = new MemoryStore(0);
    store.set('key', ofBytes(10));
    expect(store.get('key')).toBeUndefined();
  });

  it('counts the overhead of an entry without a body', () => {
    const store = new MemoryStore(10 * 2560);
    const keys = Array.from({ length: 100 }, (_, index) => String(index));
    for (const key of keys) store.set(key, {});
    expect(storedKeys(store, keys)).toHaveLength(10);
  });

  it('deletes one entry, and clears all', () => {
    const store = new MemoryStore(100_000);
    for (const key of ['a', 'b', 'c']) store.set(key, ofBytes(10));
    store.delete('a');
    expect(storedKeys(store, ['a', 'b', 'c'])).toEqual(['b', 'c']);
    store.clear();
    expect(storedKeys(store, ['a', 'b', 'c'])).toEqual([]);
  });
});
