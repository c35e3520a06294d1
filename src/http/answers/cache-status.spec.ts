import { describe, expect, it } from '@jest/globals';
import type { Provenance } from '../../core/exchange.js';
import { age, cacheStatus } from './cache-status.js';

const from = (more: Partial<Provenance>): Provenance => ({
  source: 'upstream',
  ageMs: 0,
  ttlMs: 0,
  stored: false,
  collapsed: false,
  ...more,
});

describe('cache status', () => {
  it.each<[string, Partial<Provenance>]>([
    ['org-gateway; hit; ttl=12', { source: 'cache', ttlMs: 12_999 }],
    ['org-gateway; fwd=uri-miss; stored; ttl=15', { forwarded: 'uri-miss', stored: true, ttlMs: 15_000 }],
    ['org-gateway; fwd=stale', { forwarded: 'stale' }],
    ['org-gateway; fwd=request; stored; ttl=30', { forwarded: 'request', stored: true, ttlMs: 30_000 }],
    ['org-gateway; fwd=uri-miss; collapsed', { forwarded: 'uri-miss', collapsed: true }],
    ['org-gateway; fwd=bypass', {}],
  ])('says %s', (expected, provenance) => {
    expect(cacheStatus(from(provenance))).toBe(expected);
  });

  it('has the age in whole seconds', () => {
    expect([0, 999, 1000, 61_500].map((ageMs) => age(from({ ageMs })))).toEqual(['0', '0', '1', '61']);
  });
});
