import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { Problem } from '../http/problem.js';
import { Representation } from '../http/representation.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import { MemoryKeys } from './memory-keys.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const answerOf = (size: number) => ({ result: new Representation(Payload.of('x'.repeat(size)), FROM_UPSTREAM) });

describe('idempotency keys in memory', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('know nothing of a new key, and that it is being answered once that begins', () => {
    const keys = new MemoryKeys();
    expect(keys.get('k')).toBeUndefined();
    keys.begin('k', 'f');
    expect(keys.get('k')).toEqual({ fingerprint: 'f' });
    expect(keys.get('other')).toBeUndefined();
  });

  it('keep answers, problems and empty answers alike', () => {
    const keys = new MemoryKeys();
    for (const answer of [answerOf(1), { result: undefined }, { problem: new Problem('conflict', 'x') }]) {
      keys.keep('k', 'f', answer);
      expect(keys.get('k')).toEqual({ fingerprint: 'f', answer });
    }
  });

  it('forget a key that was released', () => {
    const keys = new MemoryKeys();
    keys.begin('k', 'f');
    keys.release('k');
    expect(keys.get('k')).toBeUndefined();
  });

  it('keep an answer for a day and no longer', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    const keys = new MemoryKeys();
    keys.keep('k', 'f', answerOf(1));
    clock.mockReturnValue(DAY_MS);
    expect(keys.get('k')).toBeDefined();
    clock.mockReturnValue(DAY_MS + 2000);
    // They look at the clock once a millisecond.
    await until('the answer is forgotten', () => keys.get('k') === undefined);
  });

  it('do not grow without end: the oldest answers make room', () => {
    const keys = new MemoryKeys();
    for (let index = 0; index < 40; index += 1) keys.keep(`k${index}`, 'f', answerOf(1024 * 1024));
    expect(keys.get('k0')).toBeUndefined();
    expect(keys.get('k39')).toBeDefined();
  });
});
