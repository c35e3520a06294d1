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
const heldKeys = (store: MemoryStore, keys: readonly string[]) => keys.filter((key) => store.get(key));

describe('memory store', () => {
  it('gives back the very object it was given', () => {
    const store = new MemoryStore(100_000);
    const held = ofBytes(10);
    store.set('key', held);
    expect(store.get('key')).toBe(held);
  });

  it('drops what was not used for longest when the bytes are used up', () => {
    // Each of them costs about 40 kB with what is made of it: three fit, the fourth does not.
    const store = new MemoryStore(130_000);
    for (const key of ['a', 'b', 'c']) store.set(key, ofBytes(10_000));
    store.get('a');
    store.set('d', ofBytes(10_000));
    expect(heldKeys(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  it('is bounded by bytes, not by count', () => {
    const store = new MemoryStore(130_000);
    const small = Array.from({ length: 50 }, (_, index) => `small ${index}`);
    for (const key of small) store.set(key, ofBytes(10));
    expect(heldKeys(store, small)).toHaveLength(50);
    store.set('large', ofBytes(45_000));
    expect(heldKeys(store, ['large'])).toEqual(['large']);
    expect(heldKeys(store, small).length).toBeLessThan(10);
  });

  it('does not take what is larger than all of it, and keeps the rest', () => {
    const store = new MemoryStore(100_000);
    store.set('small', ofBytes(10));
    store.set('huge', ofBytes(200_000));
    expect(heldKeys(store, ['small', 'huge'])).toEqual(['small']);
  });

  it('counts no parsed value for an answer that is heavy', () => {
    const store = new MemoryStore(1_000_000);
    store.set('heavy', ofBytes(20_000));
    expect(store.usage.bytes).toBe(1.25 * (2048 + 2 * 20_000));
  });

  it('tells how much it holds and how much had to go', () => {
    const store = new MemoryStore(130_000);
    for (const key of ['a', 'b', 'c', 'd', 'e']) store.set(key, ofBytes(10_000));
    store.set('e', ofBytes(20));
    expect(store.usage).toEqual({ entries: 3, bytes: 2 * 40_060 + 2635, evictions: 2 });
  });

  it('keeps nothing when it may not take a byte', () => {
    const store = new MemoryStore(0);
    store.set('key', ofBytes(10));
    expect(store.get('key')).toBeUndefined();
  });

  it('counts an entry without a body too', () => {
    const store = new MemoryStore(10 * 2560);
    const keys = Array.from({ length: 100 }, (_, index) => String(index));
    for (const key of keys) store.set(key, {});
    expect(heldKeys(store, keys)).toHaveLength(10);
  });

  it('deletes one entry, and clears all', () => {
    const store = new MemoryStore(100_000);
    for (const key of ['a', 'b', 'c']) store.set(key, ofBytes(10));
    store.delete('a');
    expect(heldKeys(store, ['a', 'b', 'c'])).toEqual(['b', 'c']);
    store.clear();
    expect(heldKeys(store, ['a', 'b', 'c'])).toEqual([]);
  });
});
