import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replyOf } from '../../test/support/far-end.js';
import type { Entry } from './entry.js';
import { Epochs } from './epochs.js';
import { Fence } from './fence.js';
import { Memory } from './memory.js';
import { MemoryStore } from './memory-store.js';

describe('memory', () => {
  let epochs: Epochs;
  let store: MemoryStore;
  let memory: Memory;
  const entryNow = (): Entry => ({
    reply: replyOf({ id: 1 }),
    storedAt: 0,
    lifetime: { freshMs: 1000, staleMs: 1000 },
    tags: ['a', 'b'],
    epoch: epochs.of(['a', 'b']),
  });
  beforeEach(() => {
    epochs = new Epochs();
    store = new MemoryStore(100_000);
    memory = new Memory(store, new Fence(epochs), () => 42);
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

  it('gives an entry no longer as an answer when one of its tags is raised, but as something to ask about', () => {
    const entry = entryNow();
    memory.put('key', entry);
    epochs.bump(['b']);
    expect(memory.get('key')).toBeUndefined();
    expect(memory.recall('key')).toBe(entry);
  });

  it('keeps an entry when other tags are raised', () => {
    const entry = entryNow();
    memory.put('key', entry);
    epochs.bump(['c']);
    expect(memory.get('key')).toBe(entry);
  });

  it('refuses an answer whose question was asked before a write, and keeps the newer one', () => {
    const old = entryNow();
    epochs.bump(['a']);
    const fresh = entryNow();
    expect(memory.put('key', fresh)).toBe(true);
    expect(memory.put('key', old)).toBe(false);
    expect(memory.get('key')).toBe(fresh);
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
      ['a tag is raised', () => epochs.bump(['a'])],
      ['a tag is raised that nothing has', () => epochs.bump(['nobody’s'])],
      ['everything is raised', () => epochs.bumpAll()],
    ])('grows when %s', (_what, change) => {
      memory.put('key', entryNow());
      expect(after(change)).toBeGreaterThan(0);
    });

    it('stays when something is looked up, or refused, or nothing is raised', () => {
      const old = entryNow();
      epochs.bump(['a']);
      memory.put('key', entryNow());
      expect(after(() => memory.get('key'))).toBe(0);
      expect(after(() => memory.recall('unknown'))).toBe(0);
      expect(after(() => memory.put('key', old))).toBe(0);
      expect(after(() => epochs.bump([]))).toBe(0);
    });

    it('is never the same before and after what is given has changed', () => {
      const change = fc.constantFrom<() => unknown>(
        () => memory.put('key', entryNow()),
        () => memory.put('other', entryNow()),
        () => store.delete('key'),
        () => store.clear(),
        () => epochs.bump(['a']),
        () => epochs.bump(['c']),
        () => epochs.bumpAll(),
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
