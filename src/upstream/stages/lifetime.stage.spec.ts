import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { Lifetime } from '../../core/exchange.js';
import { lifetimes } from './lifetime.stage.js';

const lifetimeOf = async (policy: Lifetime, { status = 200, random = 0.5, request = readOf('/x') } = {}) =>
  (
    await lifetimes({ policyOf: () => policy, missingMs: 5000, random: () => random })(async () =>
      replyOf({}, { status }),
    )(request)
  ).lifetime;

describe('lifetime stage', () => {
  const policy = { freshMs: 30_000, staleMs: 300_000 };

  it('varies the freshness by up to a tenth', async () => {
    expect(await lifetimeOf(policy, { random: 0 })).toEqual({ freshMs: 27_000, staleMs: 300_000 });
    expect(await lifetimeOf(policy, { random: 0.5 })).toEqual(policy);
    expect((await lifetimeOf(policy, { random: 0.999 }))?.freshMs).toBeCloseTo(33_000, -2);
  });

  it('does not vary the freshness of what may never be stale', async () => {
    const strict = { freshMs: 5000, staleMs: 0 };
    for (const random of [0, 0.5, 0.999]) expect(await lifetimeOf(strict, { random })).toEqual(strict);
  });

  it('gives a 404 a short lifetime, never longer than that of a 200', async () => {
    expect(await lifetimeOf(policy, { status: 404 })).toEqual({ freshMs: 5000, staleMs: 0 });
    expect(await lifetimeOf({ freshMs: 2000, staleMs: 9 }, { status: 404 })).toEqual({ freshMs: 2000, staleMs: 0 });
  });

  it.each([201, 204, 304, 400, 401, 403, 422, 429, 500, 503])('gives a reply of %i no lifetime', async (status) => {
    expect(await lifetimeOf(policy, { status })).toBeUndefined();
  });

  it('gives no lifetime when the policy forbids caching, nor to a write', async () => {
    expect(await lifetimeOf({ freshMs: 0, staleMs: 1000 })).toBeUndefined();
    const reply = await lifetimes({ policyOf: () => policy, missingMs: 1 })(async () => replyOf({}))(writeOf('/x'));
    expect(reply.lifetime).toBeUndefined();
  });
});
