import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../test/support/far-end.js';
import { Epochs } from './epochs.js';
import { EVERYTHING, Fence } from './fence.js';
import type { Trust } from './trust.js';

const sure = { trust: 'sure', untilSure: async () => undefined } as const;

describe('fence', () => {
  let told: (readonly string[])[];
  let reachable: boolean;
  let fence: Fence;
  beforeEach(() => {
    told = [];
    reachable = true;
    fence = new Fence(new Epochs(), {
      ...sure,
      tell: async (tags) => {
        if (reachable) told.push(tags);
        return reachable;
      },
    });
  });

  it('raises tags here before anybody else is told', async () => {
    const telling = deferred<boolean>();
    fence = new Fence(new Epochs(), { ...sure, tell: () => telling.promise });
    const before = fence.of(['a']);
    const raised = fence.raise(['a']);
    expect(fence.of(['a'])).toBeGreaterThan(before);
    telling.resolve(true);
    await raised;
  });

  it('hears of others without telling them', () => {
    const before = fence.of(['a']);
    fence.hear(['a']);
    expect(fence.of(['a'])).toBeGreaterThan(before);
    expect(told).toEqual([]);
  });

  it('raises every tag for the one that stands for all', async () => {
    const before = fence.of(['whatever']);
    await fence.raise([EVERYTHING]);
    expect(fence.of(['whatever'])).toBeGreaterThan(before);
    expect(told).toEqual([[EVERYTHING]]);
  });

  it('tells nobody of nothing', async () => {
    await fence.raise([]);
    expect(told).toEqual([]);
  });

  it('tells later what it could not tell, once', async () => {
    reachable = false;
    await fence.raise(['a', 'b']);
    await fence.raise(['b', 'c']);
    reachable = true;
    await fence.settle();
    await fence.settle();
    expect(told).toEqual([['a', 'b', 'c']]);
  });

  it('still owes what it could not tell the second time either', async () => {
    reachable = false;
    await fence.raise(['a']);
    await fence.settle();
    reachable = true;
    await fence.settle();
    expect(told).toEqual([['a']]);
  });

  it('owes everything rather than a list without end', async () => {
    reachable = false;
    await fence.raise(Array.from({ length: 10_001 }, (_, index) => `tag ${index}`));
    reachable = true;
    await fence.settle();
    expect(told).toEqual([[EVERYTHING]]);
  });

  it('has a version that changes with whatever is raised, here or elsewhere, and with nothing else', async () => {
    const versions = [fence.version];
    await fence.raise(['a']);
    versions.push(fence.version);
    fence.hear(['b']);
    versions.push(fence.version);
    fence.hear([EVERYTHING]);
    versions.push(fence.version);
    fence.forget();
    versions.push(fence.version);
    expect(new Set(versions).size).toBe(versions.length);
    await fence.raise([]);
    await fence.settle();
    fence.of(['a']);
    expect(fence.version).toBe(versions.at(-1));
  });

  it('lets nobody share what is on its way while it is unsure what others wrote', () => {
    let trust: Trust = 'unsure';
    fence = new Fence(new Epochs(), {
      ...sure,
      get trust() {
        return trust;
      },
      tell: async () => true,
    });
    const before = fence.generation(['a']);
    expect(fence.generation(['a'])).not.toBe(before);
    for (trust of ['sure', 'alone'] as const) {
      const now = fence.generation(['a']);
      expect(fence.generation(['a'])).toBe(now);
      expect(now).not.toBe(before);
      fence.hear(['a']);
      expect(fence.generation(['a'])).not.toBe(now);
    }
  });

  it('trusts itself where there are no others, and forgets when it may have missed some', () => {
    const alone = new Fence(new Epochs());
    expect(alone.trust).toBe('sure');
    const before = alone.of(['a']);
    alone.forget();
    expect(alone.of(['a'])).toBeGreaterThan(before);
  });
});
