import { setTimeout as pause } from 'node:timers/promises';
import type { Phase, PhaseContext } from './phase.js';
import { repeatUntilDone, randomOf, randomBetween } from './rounds.js';

const stop = async ({ fleet }: PhaseContext): Promise<void> => {
  const replica = randomOf(fleet.replicas);
  replica.suspend();
  await pause(randomBetween(20, 800));
  replica.resume();
  await pause(randomBetween(10, 200));
};

const kill = async ({ fleet }: PhaseContext): Promise<void> => {
  const replica = randomOf(fleet.replicas);
  await replica.kill();
  await replica.start();
  await pause(randomBetween(10, 200));
};

/** Faults of replicas in separate processes. */
export const replicaFaultPhases = (redisUrls: () => string[]): Phase[] => [
  {
    name: 'replicas stopped for 20 to 800 ms',
    redisUrls,
    fault: (context) => repeatUntilDone(context, () => stop(context)),
    only: 'long',
  },
  {
    name: 'replicas killed and started again',
    redisUrls,
    fault: (context) => repeatUntilDone(context, () => kill(context)),
    only: 'long',
  },
  {
    name: 'replicas stopped, or killed and started again',
    redisUrls,
    fault: (context) =>
      repeatUntilDone(context, async () => {
        for (let time = 0; time < 3; time += 1) await stop(context);
        await kill(context);
      }),
    only: 'short',
  },
];
