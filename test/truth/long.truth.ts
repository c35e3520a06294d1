import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { seed, seeded } from '../support/seed.js';
import { OnCluster } from './on-cluster.js';
import { replicaFaultPhases } from './replica-faults.js';
import { keyedPosts, POST_ANSWERS } from './keyed-posts.js';
import { mergePatches, PATCH_ANSWERS } from './merge-patches.js';
import { OneRedis } from './one-redis.js';
import { type Phase, type PhaseReport, runPhase, type Scale } from './phase.js';
import { runDuring, type RedisFault, failoverFault, faultsOfOneRedis } from './redis-faults.js';
import { phaseTable, writeTable, type WriteRow } from './tables.js';
import { BehindSentinels } from './behind-sentinels.js';

// `npm run truth`: replicas run in separate processes. `npm run truth -- -t cluster` runs a part of the phases.
const LONG: Scale = { operations: 10_000, rounds: 4, clients: 32, quietMs: 4000, main: 'dist/main.bundle.js' };
const POSTS = 300;
const PATCHES = 230;
/** Clients give up before the test times out. */
const GIVE_UP_MS = 120_000;
const TEST_TIMEOUT_MS = 300_000;

describeWithRedisServer('three replicas in long runs', () => {
  const one = new OneRedis();
  const cluster = new OnCluster();
  const sentinels = new BehindSentinels();
  const reports: PhaseReport[] = [];
  const rows: WriteRow[] = [];

  beforeAll(async () => {
    await Promise.all([one, cluster, sentinels].map((topology) => topology.start()));
  }, 60_000);
  afterAll(async () => {
    process.stdout.write(`TEST_SEED=${seed}\n${phaseTable(reports)}\n\n${writeTable(rows)}\n`);
    await Promise.all([one, cluster, sentinels].map((topology) => topology.stop()));
  });

  const phases = [one.phases(), replicaFaultPhases(one.redisUrls), cluster.phases(), sentinels.phases()].flat();
  it.each(phases.filter(({ only }) => only !== 'short'))(
    'answer no read with the state from before an answered write: $name',
    seeded(async (phase: Phase) => {
      const report = await runPhase(phase, LONG);
      reports.push(report);
      expect(report).toMatchObject({ stale: 0, examples: [], failedReads: 0 });
    }),
    TEST_TIMEOUT_MS,
  );

  const faults: RedisFault[] = [...faultsOfOneRedis(one), failoverFault(sentinels)];
  it.each(faults)(
    'perform a POST with an Idempotency-Key once: $name',
    seeded(async (fault: RedisFault) => {
      const report = await runDuring(fault, LONG.main, (fleet) => keyedPosts(fleet, POSTS, GIVE_UP_MS));
      rows.push({ what: 'keyed POSTs doubled', fault: fault.name, wrong: report.doubled.length, ...report });
      expect(report).toMatchObject({ doubled: [], missing: [], different: [], unfinished: 0 });
      expect(POST_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    }),
    TEST_TIMEOUT_MS,
  );
  it.each(faults)(
    'lose no merge patch: $name',
    seeded(async (fault: RedisFault) => {
      const report = await runDuring(fault, LONG.main, (fleet) => mergePatches(fleet, PATCHES, GIVE_UP_MS));
      rows.push({ what: 'merge patches lost', fault: fault.name, wrong: report.lost.length, ...report });
      expect(report).toMatchObject({ lost: [], unfinished: 0 });
      expect(PATCH_ANSWERS).toEqual(expect.arrayContaining(Object.keys(report.answers)));
    }),
    TEST_TIMEOUT_MS,
  );
});
