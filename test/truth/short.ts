import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { seeded } from '../support/seed.js';
import { type Phase, runPhase, type Scale, type Topology } from './phase.js';

/** The scale in the normal suite: every fault occurs, but fast enough to run with every change. */
const SHORT: Scale = { operations: 400, rounds: 1, clients: 16, quietMs: 500 };

/** Waits inside a phase time out earlier. */
const TEST_TIMEOUT_MS = 180_000;

/** Defines tests that run the phases of a topology. */
export const testPhases = (topology: Topology, phases: readonly Phase[], main?: () => string): void => {
  beforeAll(() => topology.start());
  afterAll(() => topology.stop());
  it.each(phases.filter(({ only }) => only !== 'long'))(
    'answer no read with the state from before an answered write: $name',
    seeded(async (phase: Phase) => {
      const report = await runPhase(phase, { ...SHORT, ...(main && { main: main() }) });
      process.stdout.write(`${phase.name}: ${report.operations} operations\n`);
      expect(report).toMatchObject({ stale: 0, examples: [], failedReads: 0 });
    }),
    TEST_TIMEOUT_MS,
  );
};
