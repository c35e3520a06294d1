import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Phase, runPhase, type Scale, type Topology } from './phase.js';

/** Phases as the suite plays them: long enough to meet each trouble, short enough to be played with every change. */
const SHORT: Scale = { operations: 400, rounds: 1, clients: 16, quietMs: 500 };

/** What waits for something in a phase gives up before. */
const LONGEST_MS = 180_000;

/** Tests that play phases at a topology and judge them. */
export const playShort = (topology: Topology, phases: readonly Phase[], main?: () => string): void => {
  beforeAll(() => topology.start());
  afterAll(() => topology.stop());
  it.each(phases.filter(({ only }) => only !== 'long'))(
    'answer nothing from before an answered write: $name',
    async (phase) => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const report = await runPhase(phase, { ...SHORT, ...(main && { main: main() }) }, seed);
      process.stdout.write(`${phase.name}: ${report.operations} operations, seed ${seed}\n`);
      expect({ seed, ...report }).toMatchObject({ stale: 0, examples: [], failedReads: 0 });
    },
    LONGEST_MS,
  );
};
