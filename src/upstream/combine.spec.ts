import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { combine } from './combine.js';
import type { Provenance } from '../core/exchange.js';

const from = (more: Partial<Provenance>) =>
  replyOf({}, { provenance: { source: 'cache', ageMs: 0, ttlMs: 1000, stored: false, collapsed: false, ...more } });

describe('the provenance of an aggregate', () => {
  it('is the cache when all replies come from it, with the age of the oldest and the shortest freshness', () => {
    expect(combine([from({ ageMs: 5, ttlMs: 900 }), from({ ageMs: 70, ttlMs: 300 })])).toEqual({
      source: 'cache',
      ageMs: 70,
      ttlMs: 300,
      stored: false,
      collapsed: false,
    });
  });

  it('is Logto when one reply comes from there', () => {
    const fresh = from({ source: 'upstream', forwarded: 'stale', stored: true });
    expect(combine([from({ ageMs: 70 }), fresh])).toMatchObject({
      source: 'upstream',
      forwarded: 'stale',
      stored: true,
      ageMs: 70,
    });
  });

  it('is stored or collapsed only when all replies from Logto are', () => {
    const stored = from({ source: 'upstream', stored: true, collapsed: true });
    expect(combine([stored, from({ source: 'upstream' })])).toMatchObject({ stored: false, collapsed: false });
    expect(combine([stored, from({})])).toMatchObject({ stored: true, collapsed: true });
  });
});
