import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithRedis, REDIS_URL } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Company } from './company.js';
import { Fleet } from './fleet.js';
import { findStaleReads } from './history.js';
import { operation, REPLICAS } from './operations.js';
import { Recorder } from './recorder.js';

/** The number of histories. For a long run: `TRUTH_RUNS=2000 npm test -- test/truth/random`. */
const RUNS = Number(process.env['TRUTH_RUNS'] ?? 10);

/** All operations start within this time, so that most of them overlap. */
const WINDOW_MS = 120;

const replica = fc.nat({ max: REPLICAS - 1 });
const slowWire = fc.record({ kind: fc.constant('slow wire' as const), replica, forMs: fc.nat({ max: 8 }) });
const restart = fc.record({ kind: fc.constant('restart' as const), replica });
const step = fc.record({
  at: fc.nat({ max: WINDOW_MS }),
  what: fc.oneof(
    // Two organizations only, so that reads and writes of the same one collide.
    { weight: 95, arbitrary: operation(2) },
    { weight: 4, arbitrary: slowWire },
    { weight: 1, arbitrary: restart },
  ),
});

describeWithRedis('three replicas with random histories', () => {
  const wires = Array.from({ length: REPLICAS }, () => new TcpProxy(Number(new URL(REDIS_URL).port)));
  let fleet: Fleet;
  let recorder: Recorder;
  let steps = 0;

  beforeAll(async () => {
    for (const wire of wires) await wire.start();
    fleet = await Fleet.start({
      redisUrls: wires.map(({ port }) => `redis://127.0.0.1:${port}`),
      // So short that entries become stale during a history.
      env: { CACHE_ORGANIZATION: '25ms/10s', CACHE_MEMBERS: '25ms/10s' },
    });
    recorder = new Recorder(fleet, await Company.create(fleet));
  });
  afterAll(async () => {
    await fleet.close();
    for (const wire of wires) await wire.close();
  });

  const play = async ({ at, what }: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> => {
    await pause(at);
    if (what.kind === 'slow wire') {
      (wires[what.replica] as TcpProxy).delayMs = what.forMs;
    } else if (what.kind === 'restart') {
      const { [what.replica]: restarted } = fleet.replicas;
      if (!restarted?.url) return;
      await restarted.kill();
      await restarted.start();
    } else {
      await recorder.do(what);
    }
  };

  it(
    'answer no read with the state from before an answered write',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (history) => {
          steps += history.length;
          const before = recorder.reads.length;
          await Promise.all(history.map(play));
          fleet.sandbox.faults.clear();
          for (const wire of wires) wire.heal();
          expect(findStaleReads(recorder.reads.slice(before), recorder.writes).stale).toEqual([]);
        }),
        // A failure depends on timing and may not happen again, so the history is printed without shrinking.
        { numRuns: RUNS, endOnFailure: true },
      );
      const checked = recorder.reads.length;
      process.stdout.write(`${RUNS} histories of ${steps} steps; ${checked} reads checked\n`);
      // Otherwise too little was checked.
      expect(checked).toBeGreaterThan(steps / 2);
    },
    60_000 + RUNS * 3000,
  );
});
