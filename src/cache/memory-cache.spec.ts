import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replyOf } from '../../test/support/far-end.js';
import type { Entry } from './entry.js';
import { EVERYTHING } from './log-record.js';
import { MemoryCache } from './memory-cache.js';
import { MemoryStore } from './memory-store.js';
import { TagVersions } from './tag-versions.js';

describe('memory cache', () => {
  let now: number;
  let versions: TagVersions;
  let store: MemoryStore;
  let memory: MemoryCache;
  const entryNow = (): Entry => ({
    reply: replyOf({ id: 1 }),
    storedAt: 0,
    lifetime: { freshMs: 1000, staleMs: 1000 },
    tags: ['a', 'b'],
    asOf: versions.asOf(['a', 'b']),
  });
  const written = (...tags: string[]): void => versions.end({ write: 'another', tags });
  const begins = (...tags: string[]): void => versions.begin({ write: 'a write', tags }, now + 1000);
  const ends = (...tags: string[]): void => versions.end({ write: 'a write', tags });
  beforeEach(() => {
    now = 0;
    versions = new TagVersions(() => now);
    store = new MemoryStore(100_000);
    memory = new MemoryCache(store, versions, () => 42);
  });

  it('returns what was put', () => {
    const entry = entryNow();
    expect(memory.put('key', entry)).toBe(true);
    expect(memory.get('key')).toBe(entry);
  });

  it('has nothing under another key', () => {
    memory.put('key', entryNow());
    expect(memory.get('other')).toBeUndefined();
  });

  it('does not serve an entry once one of its tags was written, but keeps it for revalidation', () => {
    const entry = entryNow();
    memory.put('key', entry);
    written('b');
    expect(memory.get('key')).toBeUndefined();
    expect(memory.getUnlessWritten('key')).toBeUndefined();
    expect(memory.getStored('key')).toBe(entry);
  });

  it('keeps an entry when other tags were written', () => {
    const entry = entryNow();
    memory.put('key', entry);
    written('c');
    expect(memory.get('key')).toBe(entry);
  });

  it('does not replace a newer entry with one that was asked for before a write', () => {
    const old = entryNow();
    written('a');
    const fresh = entryNow();
    expect(memory.put('key', fresh)).toBe(true);
    expect(memory.put('key', old)).toBe(false);
    expect(memory.get('key')).toBe(fresh);
  });

  describe('while one of the tags of an entry is being written', () => {
    let entry: Entry;
    beforeEach(() => {
      entry = entryNow();
      memory.put('key', entry);
      begins('b');
    });

    it('does not serve it, except when Logto fails', () => {
      expect(memory.get('key')).toBeUndefined();
      expect(memory.getUnlessWritten('key')).toBe(entry);
    });

    it('stores no entry with that tag, whether it was asked for before or during the write', () => {
      expect(memory.put('asked before', { ...entry })).toBe(false);
      expect(memory.put('asked meanwhile', entryNow())).toBe(false);
    });

    it('stores entries with other tags', () => {
      const other = { ...entryNow(), tags: ['c'], asOf: versions.asOf(['c']) };
      expect(memory.put('other', other)).toBe(true);
      expect(memory.get('other')).toBe(other);
    });

    it('serves it again when the write was never sent', () => {
      ends();
      expect(memory.get('key')).toBe(entry);
    });

    it('invalidates it when the write ends, and does not store what was asked for during the write', () => {
      const meanwhile = entryNow();
      ends('b');
      expect(memory.getUnlessWritten('key')).toBeUndefined();
      expect(memory.put('key', meanwhile)).toBe(false);
      const after = entryNow();
      expect(memory.put('key', after)).toBe(true);
      expect(memory.get('key')).toBe(after);
    });

    it('takes the write as ended when its time is over', () => {
      now = 1001;
      expect(memory.get('key')).toBeUndefined();
      expect(memory.getUnlessWritten('key')).toBeUndefined();
      const after = entryNow();
      expect(memory.put('key', after)).toBe(true);
      expect(memory.get('key')).toBe(after);
    });
  });

  describe('has a version that', () => {
    const after = (what: () => unknown): number => {
      const before = memory.version;
      what();
      return memory.version - before;
    };

    it.each<[string, () => unknown]>([
      ['an entry is put', () => memory.put('other', entryNow())],
      ['the same entry is put again', () => memory.put('key', entryNow())],
      ['an entry is deleted', () => store.delete('key')],
      ['the store is cleared', () => store.clear()],
      ['a tag was written', () => written('a')],
      ['a tag was written that no entry has', () => written('unused')],
      ['everything was written', () => written(EVERYTHING)],
      ['a write begins', () => begins('a')],
      ['a write was never sent', () => ends()],
      ['the log is reset', () => versions.reset('1-0')],
    ])('grows when %s', (_what, change) => {
      memory.put('key', entryNow());
      expect(after(change)).toBeGreaterThan(0);
    });

    it('is unchanged by a lookup, or by an entry that is not stored', () => {
      const old = entryNow();
      written('a');
      memory.put('key', entryNow());
      expect(after(() => memory.get('key'))).toBe(0);
      expect(after(() => memory.getUnlessWritten('key'))).toBe(0);
      expect(after(() => memory.getStored('unknown'))).toBe(0);
      expect(after(() => memory.put('key', old))).toBe(0);
    });

    it('grows whenever what get returns changes', () => {
      const change = fc.constantFrom<() => unknown>(
        () => memory.put('key', entryNow()),
        () => memory.put('other', entryNow()),
        () => store.delete('key'),
        () => store.clear(),
        () => written('a'),
        () => written('c'),
        () => written(EVERYTHING),
        () => begins('a'),
        () => ends(),
        () => ends('a'),
        () => versions.reset('1-0'),
        // Evicts others.
        () => store.set('large', { value: { ...entryNow(), reply: replyOf('x'.repeat(30_000)) } }),
      );
      fc.assert(
        fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
          let [version, given] = [memory.version, memory.get('key')];
          for (const make of changes) {
            make();
            if (memory.get('key') !== given) expect(memory.version).toBeGreaterThan(version);
            expect(memory.version).toBeGreaterThanOrEqual(version);
            [version, given] = [memory.version, memory.get('key')];
          }
        }),
      );
    });
  });

  it('uses the clock it is given', () => {
    expect(memory.now()).toBe(42);
  });
});
