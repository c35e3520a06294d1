import { beforeEach, describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import type { Entry } from './entry.js';
import { Epochs } from './epochs.js';
import { Fence } from './fence.js';
import { Memory } from './memory.js';
import { MemoryStore } from './memory-store.js';

describe('memory', () => {
  let epochs: Epochs;
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
    memory = new Memory(new MemoryStore(100_000), new Fence(epochs), () => 42);
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

  it('tells the time by the clock given', () => {
    expect(memory.now()).toBe(42);
  });
});
