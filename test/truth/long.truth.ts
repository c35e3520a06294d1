import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { Clustered } from './clustered.js';
import { illReplicaPhases } from './ill-replicas.js';
import { keyedPosts, POST_ANSWERS } from './keyed-posts.js';
import { mergePatches, PATCH_ANSWERS } from './merge-patches.js';
import { OneRedis } from './one-redis.js';
import { type PhaseReport, runPhase, type Scale } from './phase.js';
import { amid, type RedisTrouble, troubleOf, troublesOfOne } from './redis-troubles.js';
import { phaseTable, writeTable, type WriteRow } from './tables.js';
import { Watched } from './watched.js';

// `npm run truth`: replicas are processes of their own. `npm run truth -- -t cluster` plays a part of it.
const LONG: Scale = { operations: 10_000, rounds: 4, clients: 32, quietMs: 4000, main: 'dist/main.bundle.js' };
const POSTS = 300;
const PATCHES = 230;
/** Clients give up then, before Jest does. */
const PATIENCE_MS = 120_000;
const LONGEST_MS = 300_000;

describeWithRedisServer('three replicas, for long', () => {
  const one = new OneRedis();
  const clustered = new Clustered();
  const watched = new Watched();
  const reports: PhaseReport[] = [];
  const rows: WriteRow[] = [];
  const seed = Number(process.env['TRUTH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  beforeAll(async () => {
    await Promise.all([one, clustered, watched].map((topology) => topology.start()));
  }, 60_000);
  afterAll(async () => {
    process.stdout.write(`seed ${seed}\n${phaseTable(reports)}\n\n${writeTable(rows)}\n`);
    await Promise.all([one, clustered, watched].map((topology) => topology.stop()));
  });

  const phases = [one.phases(), illReplicaPhases(one.redisUrls), clustered.phases(), watched.phases()].flat();
  it.each(phases.filter(({ only }) => only !== 'short'))(
    'answer nothing from before an answered write: $name',
    async (phase) => {
      const report = await runPhase(phase, LONG, seed);
      reports.push(report);
      expect(report).toMatchObject({ stale: 0, examples: [], failedReads: 0 });
    },
    LONGEST_MS,
  );

  const troubles: RedisTrouble[] = [...troublesOfOne(one), troubleOf(watched)];
  it.each(troubles)(
    'carry out a POST with an Idempotency-Key once: $name',
    async (trouble) => {
      const report = await amid(trouble, LONG.main, (fleet) => keyedPosts(fleet, POSTS, PATIENCE_MS));
      rows.push({ what: 'keyed POSTs doubled', trouble: trouble.name, wrong: report.doubled.length, ...report });
      expect(report).toMatchObject({ doubled: [], missing: [], different: [], givenUp: 0 });
      expect(POST_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    },
    LONGEST_MS,
  );
  it.each(troubles)(
    'lose no merge patch: $name',
    async (trouble) => {
      const report = await amid(trouble, LONG.main, (fleet) => mergePatches(fleet, PATCHES, PATIENCE_MS));
      rows.push({ what: 'merge patches lost', trouble: trouble.name, wrong: report.lost.length, ...report });
      expect(report).toMatchObject({ lost: [], givenUp: 0 });
      expect(PATCH_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    },
    LONGEST_MS,
  );
});
