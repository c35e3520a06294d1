import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { Problem } from '../http/problems/problem.js';
import { Representation } from '../http/answers/representation.js';
import { FROM_UPSTREAM } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import { MemoryKeys } from './memory-keys.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const answerOf = (size: number) => ({ result: new Representation(Payload.of('x'.repeat(size)), FROM_UPSTREAM) });

describe('idempotency keys in memory', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('have no record of a new key, and one without an answer once its request has started', () => {
    const keys = new MemoryKeys();
    expect(keys.get('k')).toBeUndefined();
    keys.start('k', 'f');
    expect(keys.get('k')).toEqual({ fingerprint: 'f' });
    expect(keys.get('other')).toBeUndefined();
  });

  it('store answers, problems and answers without a body', () => {
    const keys = new MemoryKeys();
    for (const answer of [answerOf(1), { result: undefined }, { problem: new Problem('conflict', 'x') }]) {
      keys.complete('k', 'f', answer);
      expect(keys.get('k')).toEqual({ fingerprint: 'f', answer });
    }
  });

  it('have no record of a released key', () => {
    const keys = new MemoryKeys();
    keys.start('k', 'f');
    keys.release('k');
    expect(keys.get('k')).toBeUndefined();
  });

  it('expire after a day', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    const keys = new MemoryKeys();
    keys.complete('k', 'f', answerOf(1));
    clock.mockReturnValue(DAY_MS);
    expect(keys.get('k')).toBeDefined();
    clock.mockReturnValue(DAY_MS + 2000);
    // lru-cache reads the clock at most once per millisecond.
    await until('the record to expire', () => keys.get('k') === undefined);
  });

  it('evict the oldest records when they take too much memory', () => {
    const keys = new MemoryKeys();
    for (let index = 0; index < 40; index += 1) keys.complete(`k${index}`, 'f', answerOf(1024 * 1024));
    expect(keys.get('k0')).toBeUndefined();
    expect(keys.get('k39')).toBeDefined();
  });
});
