import { beforeEach, describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { Entries, type Entry } from './entries.js';
import { Epochs } from './epochs.js';

const memory = () => {
  const held = new Map<string, { value: unknown; ttl: number | undefined }>();
  return {
    held,
    get: async <T>(key: string): Promise<T | undefined> => held.get(key)?.value as T | undefined,
    set: async <T>(key: string, value: T, ttl?: number): Promise<T> => {
      held.set(key, { value, ttl });
      return value;
    },
  };
};

describe('entries', () => {
  let store: ReturnType<typeof memory>;
  let epochs: Epochs;
  let entries: Entries;
  const entryNow = (): Entry => ({
    reply: replyOf({ id: 1 }),
    storedAt: 0,
    freshMs: 1000,
    tags: ['a', 'b'],
    epoch: epochs.of(['a', 'b']),
  });
  beforeEach(() => {
    store = memory();
    epochs = new Epochs();
    entries = new Entries(store, epochs, () => 42);
  });

  it('give back what was put, for as long as it is fresh', async () => {
    const entry = entryNow();
    expect(await entries.put('key', entry)).toBe(true);
    expect(await entries.get('key')).toBe(entry);
    expect(store.held.get('key')?.ttl).toBe(1000);
  });

  it('know nothing under another key', async () => {
    await entries.put('key', entryNow());
    expect(await entries.get('other')).toBeUndefined();
  });

  it('forget an entry when one of its tags is bumped', async () => {
    await entries.put('key', entryNow());
    epochs.bump(['b']);
    expect(await entries.get('key')).toBeUndefined();
  });

  it('keep an entry when other tags are bumped', async () => {
    const entry = entryNow();
    await entries.put('key', entry);
    epochs.bump(['c']);
    expect(await entries.get('key')).toBe(entry);
  });

  it('refuse an answer whose question was asked before a bump, and keep the newer one', async () => {
    const old = entryNow();
    epochs.bump(['a']);
    const fresh = entryNow();
    expect(await entries.put('key', fresh)).toBe(true);
    expect(await entries.put('key', old)).toBe(false);
    expect(await entries.get('key')).toBe(fresh);
  });

  it('tell the time by the clock given', () => {
    expect(entries.now()).toBe(42);
  });
});
