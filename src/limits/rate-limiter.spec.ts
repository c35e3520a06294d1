import { describe, expect, it } from '@jest/globals';
import { RateLimiter } from './rate-limiter.js';

const START = Date.parse('2026-01-01');

const limiterOf = (quota: number, windowS: number) => {
  const clock = { now: START };
  return {
    clock,
    limiter: new RateLimiter({ name: 'test', rate: { count: quota, windowMs: windowS * 1000 }, now: () => clock.now }),
  };
};

describe('the rate limiter', () => {
  it('allows the quota, then nothing until the window ends, then the quota again', () => {
    const { clock, limiter } = limiterOf(3, 10);
    const allowed = () => limiter.take('a').allowed;
    expect([allowed(), allowed(), allowed(), allowed(), allowed()]).toEqual([true, true, true, false, false]);
    clock.now += 9999;
    expect(allowed()).toBe(false);
    clock.now += 1;
    expect([allowed(), allowed(), allowed(), allowed()]).toEqual([true, true, true, false]);
  });

  it('returns the remaining quota and the end of the window as header values', () => {
    const { clock, limiter } = limiterOf(2, 60);
    expect(limiter.take('a')).toEqual({
      allowed: true,
      policy: '"test";q=2;w=60',
      state: '"test";r=1;t=60',
      retryAfterS: 60,
    });
    clock.now += 30_500;
    expect(limiter.take('a')).toMatchObject({ allowed: true, state: '"test";r=0;t=30' });
    expect(limiter.take('a')).toMatchObject({ allowed: false, state: '"test";r=0;t=30', retryAfterS: 30 });
  });

  it('counts large quotas down digit by digit', () => {
    const left = (quota: number) => /r=(\d+);/.exec(limiterOf(quota, 60).limiter.take('a').state)?.[1];
    const quotas = [1000, 1001, 1002, 1011, 1101, 10_000, 999_999, 1_000_001, 1_000_006, 999_999_999];
    expect(quotas.map(left)).toEqual(quotas.map((quota) => String(quota - 1)));
  });

  it('starts a window with the first request, not at a multiple of its length', () => {
    const { clock, limiter } = limiterOf(1, 10);
    clock.now += 7000;
    limiter.take('a');
    clock.now += 9000;
    expect(limiter.take('a').allowed).toBe(false);
  });

  it('counts each key separately', () => {
    const { limiter } = limiterOf(1, 10);
    expect([limiter.take('a').allowed, limiter.take('b').allowed, limiter.take('a').allowed]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('can be peeked at without counting', () => {
    const { limiter } = limiterOf(1, 10);
    expect([limiter.peek('a').allowed, limiter.peek('a').allowed]).toEqual([true, true]);
    limiter.take('a');
    expect(limiter.peek('a').allowed).toBe(false);
  });

  it('calls onTake for allowed requests only', () => {
    const unreportedCounts: number[] = [];
    const limiter = new RateLimiter({
      name: 'test',
      rate: { count: 2, windowMs: 10_000 },
      onTake: (_key, { unreported }) => unreportedCounts.push(unreported),
    });
    for (let i = 0; i < 5; i++) limiter.take('a');
    expect(unreportedCounts).toEqual([1, 2]);
  });
});
