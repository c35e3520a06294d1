import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { Problem } from '../http/problem.js';
import { Representation } from '../http/representation.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import { IdempotencyStore } from './idempotency.store.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const answerOf = (size: number) => ({ result: new Representation(Payload.of('x'.repeat(size)), FROM_UPSTREAM) });

describe('the store of idempotency keys', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('knows nothing of a new key, and that it is being answered from then on', () => {
    const store = new IdempotencyStore();
    expect(store.claim('k', 'f')).toBeUndefined();
    expect(store.claim('k', 'f')).toEqual({ fingerprint: 'f' });
    expect(store.claim('other', 'f')).toBeUndefined();
  });

  it('keeps the first fingerprint when another request comes with the key', () => {
    const store = new IdempotencyStore();
    store.claim('k', 'first');
    expect(store.claim('k', 'second')).toEqual({ fingerprint: 'first' });
    expect(store.claim('k', 'second')).toEqual({ fingerprint: 'first' });
  });

  it('keeps answers, problems and empty answers alike', () => {
    const store = new IdempotencyStore();
    for (const answer of [answerOf(1), { result: undefined }, { problem: new Problem('conflict', 'x') }]) {
      store.keep('k', 'f', answer);
      expect(store.claim('k', 'f')).toEqual({ fingerprint: 'f', answer });
    }
  });

  it('forgets a key that was released', () => {
    const store = new IdempotencyStore();
    store.claim('k', 'f');
    store.release('k');
    expect(store.claim('k', 'other')).toBeUndefined();
  });

  it('keeps an answer for a day and no longer', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    const store = new IdempotencyStore();
    store.keep('k', 'f', answerOf(1));
    clock.mockReturnValue(DAY_MS);
    expect(store.claim('k', 'f')).toBeDefined();
    clock.mockReturnValue(DAY_MS + 2000);
    // The store looks at the clock once a millisecond.
    await until('the answer is forgotten', () => store.claim('k', 'f') === undefined);
  });

  it('does not grow without end: the oldest answers make room', () => {
    const store = new IdempotencyStore();
    for (let index = 0; index < 40; index += 1) store.keep(`k${index}`, 'f', answerOf(1024 * 1024));
    expect(store.claim('k0', 'f')).toBeUndefined();
    expect(store.claim('k39', 'f')).toBeDefined();
  });
});
