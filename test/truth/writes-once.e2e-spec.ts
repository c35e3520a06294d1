import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { seeded } from '../support/seed.js';
import { keyedPosts, POST_ANSWERS } from './keyed-posts.js';
import { mergePatches, PATCH_ANSWERS } from './merge-patches.js';
import { OneRedis } from './one-redis.js';
import { runDuring, type RedisFault, faultsOfOneRedis } from './redis-faults.js';

/** Clients give up before the test times out. */
const GIVE_UP_MS = 45_000;
const TEST_TIMEOUT_MS = 60_000;

/** `npm run truth` runs the others, and for longer. */
const SHORT = new Set(['Redis hangs for 70 to 270 ms', 'Redis restarts empty']);

describeWithRedisServer('three replicas while Redis fails', () => {
  const one = new OneRedis();
  beforeAll(() => one.start());
  afterAll(() => one.stop());

  it.each(faultsOfOneRedis(one).filter(({ name }) => SHORT.has(name)))(
    'perform a POST with an Idempotency-Key once: $name',
    seeded(async (fault: RedisFault) => {
      const report = await runDuring(fault, undefined, (fleet) => keyedPosts(fleet, 60, GIVE_UP_MS));
      expect(report).toMatchObject({ doubled: [], missing: [], different: [], unfinished: 0 });
      expect(POST_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    }),
    TEST_TIMEOUT_MS,
  );

  it.each(faultsOfOneRedis(one).filter(({ name }) => SHORT.has(name)))(
    'lose no merge patch: $name',
    seeded(async (fault: RedisFault) => {
      const report = await runDuring(fault, undefined, (fleet) => mergePatches(fleet, 50, GIVE_UP_MS));
      expect(report).toMatchObject({ lost: [], unfinished: 0 });
      expect(PATCH_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    }),
    TEST_TIMEOUT_MS,
  );
});
