import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { keyedPosts, POST_ANSWERS } from './keyed-posts.js';
import { mergePatches, PATCH_ANSWERS } from './merge-patches.js';
import { OneRedis } from './one-redis.js';
import { amid, troublesOfOne } from './redis-troubles.js';

/** Clients give up then, before Jest does. */
const PATIENCE_MS = 15_000;
const LONGEST_MS = 60_000;

/** `npm run truth` plays the others, and longer. */
const SHORT = new Set(['Redis hangs for 70 to 270 ms', 'Redis restarts empty']);

describeWithRedisServer('three replicas while Redis is in trouble', () => {
  const one = new OneRedis();
  beforeAll(() => one.start());
  afterAll(() => one.stop());

  it.each(troublesOfOne(one).filter(({ name }) => SHORT.has(name)))(
    'carry out a POST with an Idempotency-Key once: $name',
    async (trouble) => {
      const report = await amid(trouble, undefined, (fleet) => keyedPosts(fleet, 60, PATIENCE_MS));
      expect(report).toMatchObject({ doubled: [], missing: [], different: [], givenUp: 0 });
      expect(POST_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    },
    LONGEST_MS,
  );

  it.each(troublesOfOne(one).filter(({ name }) => SHORT.has(name)))(
    'lose no merge patch: $name',
    async (trouble) => {
      const report = await amid(trouble, undefined, (fleet) => mergePatches(fleet, 50, PATIENCE_MS));
      expect(report).toMatchObject({ lost: [], givenUp: 0 });
      expect(PATCH_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    },
    LONGEST_MS,
  );
});
