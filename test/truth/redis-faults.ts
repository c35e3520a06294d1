import { setTimeout as pause } from 'node:timers/promises';
import { Fleet } from './fleet.js';
import type { OneRedis } from './one-redis.js';
import { randomBetween } from './rounds.js';
import type { BehindSentinels } from './behind-sentinels.js';

/** A fault of Redis that occurs repeatedly during writes. */
export interface RedisFault {
  readonly name: string;
  redisUrls(): string[];
  /** Causes the fault once. */
  inject(fleet: Fleet): Promise<unknown>;
}

/** A pause after the last fault. */
const recover = async (fleet: Fleet): Promise<void> => {
  await fleet.untilConnected();
  await pause(randomBetween(300, 900));
};

export const faultsOfOneRedis = (one: OneRedis): RedisFault[] => [
  {
    name: 'Redis hangs for 70 to 270 ms',
    redisUrls: one.redisUrls,
    inject: async () => {
      await one.redis.hang(randomBetween(70, 270));
      await pause(randomBetween(10, 100));
    },
  },
  {
    name: 'Redis restarts empty',
    redisUrls: one.redisUrls,
    inject: async (fleet) => {
      await recover(fleet);
      await one.restartEmpty();
    },
  },
  {
    name: 'Redis restarts from a snapshot',
    redisUrls: one.redisUrls,
    inject: async (fleet) => {
      await one.redis.save();
      await recover(fleet);
      await one.restart();
    },
  },
];

export const failoverFault = (sentinels: BehindSentinels): RedisFault => ({
  name: 'Redis fails over, its tail lost',
  redisUrls: sentinels.redisUrls,
  inject: async (fleet) => {
    await recover(fleet);
    await sentinels.failOver(randomBetween(50, 300));
  },
});

/** Runs `work` with three replicas while the fault occurs. */
export async function runDuring<T>(
  { redisUrls, inject }: RedisFault,
  main: string | undefined,
  work: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = await Fleet.start({ redisUrls: redisUrls(), main });
  const over = new AbortController();
  const fault = async (): Promise<void> => {
    while (!over.signal.aborted) await inject(fleet);
  };
  try {
    const [result] = await Promise.all([work(fleet).finally(() => over.abort()), fault()]);
    return result;
  } finally {
    await fleet.close();
  }
}
