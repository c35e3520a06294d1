import { setTimeout as pause } from 'node:timers/promises';
import type { Phase, Scene } from './phase.js';
import { again, any, between } from './rounds.js';

const stop = async ({ fleet }: Scene): Promise<void> => {
  const replica = any(fleet.replicas);
  replica.suspend();
  await pause(between(20, 800));
  replica.resume();
  await pause(between(10, 200));
};

const kill = async ({ fleet }: Scene): Promise<void> => {
  const replica = any(fleet.replicas);
  await replica.kill();
  await replica.start();
  await pause(between(10, 200));
};

/** What can happen to a replica that is a process of its own. */
export const illReplicaPhases = (redisUrls: () => string[]): Phase[] => [
  {
    name: 'replicas stopped for 20 to 800 ms',
    redisUrls,
    trouble: (scene) => again(scene, () => stop(scene)),
    only: 'long',
  },
  {
    name: 'replicas killed and started again',
    redisUrls,
    trouble: (scene) => again(scene, () => kill(scene)),
    only: 'long',
  },
  {
    name: 'replicas stopped, or killed and started again',
    redisUrls,
    trouble: (scene) =>
      again(scene, async () => {
        for (let time = 0; time < 3; time += 1) await stop(scene);
        await kill(scene);
      }),
    only: 'short',
  },
];
