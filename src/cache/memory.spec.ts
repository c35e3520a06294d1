import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replyOf } from '../../test/support/far-end.js';
import type { Entry } from './entry.js';
import { EVERYTHING } from './log-record.js';
import { Memory } from './memory.js';
import { MemoryStore } from './memory-store.js';
import { TagVersions } from './tag-versions.js';

describe('memory', () => {
  let now: number;
  let versions: TagVersions;
  let store: MemoryStore;
  let memory: Memory;
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
    memory = new Memory(store, versions, () => 42);
  });

  it('gives back what was put', () => {
    const entry = entryNow();
    expect(memory.put('key', entry)).toBe(true);
    expect(memory.get('key')).toBe(entry);
  });

  it('knows nothing under another key', () => {
    memory.put('key', entryNow());
    expect(memory.get('other')).toBeUndefined();
  });

  it('gives an entry no longer as an answer when one of its tags was written, but as something to ask about', () => {
    const entry = entryNow();
    memory.put('key', entry);
    written('b');
    expect(memory.get('key')).toBeUndefined();
    expect(memory.getUnwritten('key')).toBeUndefined();
    expect(memory.recall('key')).toBe(entry);
  });

  it('keeps an entry when other tags were written', () => {
    const entry = entryNow();
    memory.put('key', entry);
    written('c');
    expect(memory.get('key')).toBe(entry);
  });

  it('refuses an answer whose question was asked before a write, and keeps the newer one', () => {
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

    it('does not answer with it, and gives it to whoever cannot ask Logto', () => {
      expect(memory.get('key')).toBeUndefined();
      expect(memory.getUnwritten('key')).toBe(entry);
    });

    it('keeps no answer, whether it was asked for before or meanwhile', () => {
      expect(memory.put('asked before', { ...entry })).toBe(false);
      expect(memory.put('asked meanwhile', entryNow())).toBe(false);
    });

    it('keeps what is about other tags', () => {
      const other = { ...entryNow(), tags: ['c'], asOf: versions.asOf(['c']) };
      expect(memory.put('other', other)).toBe(true);
      expect(memory.get('other')).toBe(other);
    });

    it('answers with it again once the write is known never to have left', () => {
      ends();
      expect(memory.get('key')).toBe(entry);
    });

    it('does not know it any more once the write has ended, nor keeps what was asked for during it', () => {
      const meanwhile = entryNow();
      ends('b');
      expect(memory.getUnwritten('key')).toBeUndefined();
      expect(memory.put('key', meanwhile)).toBe(false);
      const after = entryNow();
      expect(memory.put('key', after)).toBe(true);
      expect(memory.get('key')).toBe(after);
    });

    it('takes a writer that nothing is heard of for gone when its time is over, and its write for done', () => {
      now = 1001;
      expect(memory.get('key')).toBeUndefined();
      expect(memory.getUnwritten('key')).toBeUndefined();
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
      ['something is put', () => memory.put('other', entryNow())],
      ['the same is put again', () => memory.put('key', entryNow())],
      ['something is deleted', () => store.delete('key')],
      ['all is cleared', () => store.clear()],
      ['a tag was written', () => written('a')],
      ['a tag was written that nothing has', () => written('nobody’s')],
      ['everything was written', () => written(EVERYTHING)],
      ['a write begins', () => begins('a')],
      ['a write is known never to have left', () => ends()],
      ['the log begins anew', () => versions.reset('1-0')],
    ])('grows when %s', (_what, change) => {
      memory.put('key', entryNow());
      expect(after(change)).toBeGreaterThan(0);
    });

    it('stays when something is looked up, or refused', () => {
      const old = entryNow();
      written('a');
      memory.put('key', entryNow());
      expect(after(() => memory.get('key'))).toBe(0);
      expect(after(() => memory.getUnwritten('key'))).toBe(0);
      expect(after(() => memory.recall('unknown'))).toBe(0);
      expect(after(() => memory.put('key', old))).toBe(0);
    });

    it('is never the same before and after what is given has changed', () => {
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
        // Makes room by putting others out.
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

  it('tells the time by the clock given', () => {
    expect(memory.now()).toBe(42);
  });
});
