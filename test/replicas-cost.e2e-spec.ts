import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RENEW } from '../src/redis/scripts/lease.js';
import { READ_LOG } from '../src/redis/scripts/write-log.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { calls, RedisWitness } from './support/redis-witness.js';
import { type Replicas, startReplicas } from './support/start-replicas.js';

const PATH = '/api/organizations/fernweh00000';
const WRITES = 10;
const MAX_COMMANDS = 4;

const isPoll = calls(READ_LOG);
/** Sent only when a busy machine makes a write take longer than the renewal interval of a lease. */
const isRenewal = calls(RENEW);

describeWithRedis('the commands that replicas send to Redis', () => {
  const redis = new OwnRedis();
  let witness: RedisWitness;
  beforeAll(async () => {
    await redis.start();
    witness = await RedisWitness.of(redis);
  });
  afterAll(async () => {
    witness.close();
    await redis.stop();
  });

  const withReplicas = async <T>(count: number, work: (fleet: Replicas) => Promise<T>): Promise<T> => {
    // Rate limits are reported to Redis in the background, whatever callers do.
    const fleet = await startReplicas(Array<string>(count).fill(redis.url), {
      RATE_LIMIT: 'off',
      REDIS_TIMEOUT_MS: '1000',
    });
    try {
      return await work(fleet);
    } finally {
      await fleet.close();
    }
  };

  /** The number of commands for consecutive writes, without polls of the log. */
  const commandsOfWrites = (count: number): Promise<number> =>
    withReplicas(count, async ({ replicas }) => {
      const clients = await Promise.all(replicas.map((replica) => replica.as()));
      await Promise.all(clients.map((client) => client.get(PATH).expect(200)));
      const write = async (number: number) => {
        const { status } = (await clients[0]?.patch(PATH).send({ description: `write ${number}` })) ?? {};
        expect(status).toBe(200);
      };
      // A new Redis has to load each script once.
      await write(0);
      const commands = await witness.during(async () => {
        for (let number = 1; number <= WRITES; number += 1) await write(number);
      });
      return commands.filter((command) => !isPoll(command) && !isRenewal(command)).length;
    });

  it(`are at most ${MAX_COMMANDS} for a plain write, whatever the number of replicas`, async () => {
    const alone = await commandsOfWrites(1);
    expect(alone).toBeGreaterThan(0);
    expect(alone).toBeLessThanOrEqual(WRITES * MAX_COMMANDS);
    expect(await commandsOfWrites(3)).toBe(alone);
  });

  it('are none without requests', async () => {
    await withReplicas(3, async ({ replicas }) => {
      for (const replica of replicas) await (await replica.as()).get(PATH).expect(200);
      await witness.untilSilentFor(3);
    });
  });

  it('are one poll of the log for the first read after a pause', async () => {
    await withReplicas(2, async ({ replicas: [, there] }) => {
      const client = await there?.as();
      await client?.get(PATH).expect(200);
      await witness.untilSilentFor(0.2);
      const commands = await witness.during(async () => void (await client?.get(PATH).expect(200)));
      expect(commands.length).toBeGreaterThan(0);
      expect(commands.filter((command) => !isPoll(command))).toEqual([]);
    });
  });
});
