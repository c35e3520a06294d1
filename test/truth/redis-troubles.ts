import { setTimeout as pause } from 'node:timers/promises';
import { Fleet } from './fleet.js';
import type { OneRedis } from './one-redis.js';
import { between } from './rounds.js';
import type { Watched } from './watched.js';

/** Something that happens to Redis again and again while writes are under way. */
export interface RedisTrouble {
  readonly name: string;
  redisUrls(): string[];
  /** Once. */
  happens(fleet: Fleet): Promise<unknown>;
}

/** The next trouble comes some time after the last one is over. */
const goOn = async (fleet: Fleet): Promise<void> => {
  await fleet.untilConnected();
  await pause(between(300, 900));
};

export const troublesOfOne = (one: OneRedis): RedisTrouble[] => [
  {
    name: 'Redis hangs for 70 to 270 ms',
    redisUrls: one.redisUrls,
    happens: async () => {
      await one.redis.hang(between(70, 270));
      await pause(between(10, 100));
    },
  },
  {
    name: 'Redis restarts empty',
    redisUrls: one.redisUrls,
    happens: async (fleet) => {
      await goOn(fleet);
      await one.restartEmpty();
    },
  },
  {
    name: 'Redis restarts from a snapshot',
    redisUrls: one.redisUrls,
    happens: async (fleet) => {
      await one.redis.save();
      await goOn(fleet);
      await one.restart();
    },
  },
];

export const troubleOf = (watched: Watched): RedisTrouble => ({
  name: 'Redis fails over, its tail lost',
  redisUrls: watched.redisUrls,
  happens: async (fleet) => {
    await goOn(fleet);
    await watched.failOver(between(50, 300));
  },
});

/** Does the work at three replicas while the trouble happens. */
export async function amid<T>(
  { redisUrls, happens }: RedisTrouble,
  main: string | undefined,
  work: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = await Fleet.start({ redisUrls: redisUrls(), main });
  const over = new AbortController();
  const trouble = async (): Promise<void> => {
    while (!over.signal.aborted) await happens(fleet);
  };
  try {
    const [result] = await Promise.all([work(fleet).finally(() => over.abort()), trouble()]);
    return result;
  } finally {
    await fleet.close();
  }
}
