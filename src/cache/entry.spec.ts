import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { freshUntilOf } from './entry.js';

const entry = {
  reply: replyOf({}),
  lifetime: { freshMs: 60_000, staleMs: 0 },
  storedAt: 1_000_000,
  tags: [],
  asOf: 0,
};

describe('an entry', () => {
  it('is fresh for as long as the policy allows', () => {
    expect(freshUntilOf(entry, { freshMs: 5000, staleMs: 0 }, 'synced')).toBe(1_005_000);
  });

  it('is fresh for at most a second while the replica is alone', () => {
    expect(freshUntilOf(entry, { freshMs: 5000, staleMs: 0 }, 'alone')).toBe(1_001_000);
    expect(freshUntilOf(entry, { freshMs: 300, staleMs: 0 }, 'alone')).toBe(1_000_300);
  });
});
