import { beforeEach, describe, expect, it } from '@jest/globals';
import { Hearing, TRUSTED_MS } from './hearing.js';

describe('hearing', () => {
  let now: number;
  let hearing: Hearing;
  beforeEach(() => {
    now = 10_000;
    hearing = new Hearing(() => now);
  });

  it('makes nobody sure before it has arrived', () => {
    expect(hearing.isSure).toBe(false);
    expect(hearing.confirm(now)).toBe(false);
    expect(hearing.isSure).toBe(false);
  });

  it('lasts from when the heartbeat was sent, not from when it was heard', () => {
    hearing.arrive(now - 500);
    now += TRUSTED_MS - 501;
    expect(hearing.isSure).toBe(true);
    now += 1;
    expect(hearing.isSure).toBe(false);
  });

  it('goes on with every heartbeat, and ends no earlier by an older one', () => {
    hearing.arrive(now);
    now += 500;
    expect(hearing.confirm(now - 100)).toBe(true);
    expect(hearing.confirm(now - 300)).toBe(true);
    now += 499;
    expect(hearing.isSure).toBe(true);
    now += 1;
    expect(hearing.isSure).toBe(false);
  });

  it('does not go on once it has ended: others may have given it up', () => {
    hearing.arrive(now);
    now += TRUSTED_MS;
    expect(hearing.confirm(now - 1)).toBe(false);
    expect(hearing.isSure).toBe(false);
    hearing.arrive(now - 1);
    expect(hearing.isSure).toBe(true);
  });

  it('does not go on after something was not acknowledged, until it has arrived anew', () => {
    hearing.arrive(now);
    hearing.lose();
    expect(hearing.isSure).toBe(false);
    expect(hearing.confirm(now)).toBe(false);
    hearing.arrive(now);
    expect(hearing.isSure).toBe(true);
  });

  it('knows which heartbeats come too late', () => {
    expect(hearing.isTooLate(now - TRUSTED_MS + 1)).toBe(false);
    expect(hearing.isTooLate(now - TRUSTED_MS)).toBe(true);
  });
});
