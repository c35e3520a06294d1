import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RENEW } from '../src/redis/scripts/lease.js';
import { LOOK } from '../src/redis/scripts/write-log.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { calls, RedisWitness } from './support/redis-witness.js';
import { type Replicas, startReplicas } from './support/start-replicas.js';

const PATH = '/api/organizations/fernweh00000';
const WRITES = 10;
const MOST_COMMANDS = 4;

const isLook = calls(LOOK);
/** Sent only where a busy machine makes a write take longer than a lease is held unrenewed. */
const isRenewal = calls(RENEW);

describeWithRedis('what replicas ask of Redis', () => {
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
    // Whoever counts callers tells Redis of them, a moment later and whatever they ask.
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

  /** What one write after another costs beside looks at the log. */
  const commandsOfWrites = (count: number): Promise<number> =>
    withReplicas(count, async ({ replicas }) => {
      const clients = await Promise.all(replicas.map((replica) => replica.as()));
      await Promise.all(clients.map((client) => client.get(PATH).expect(200)));
      const write = async (number: number) => {
        const { status } = (await clients[0]?.patch(PATH).send({ description: `write ${number}` })) ?? {};
        expect(status).toBe(200);
      };
      // A new Redis is told each script once.
      await write(0);
      const commands = await witness.during(async () => {
        for (let number = 1; number <= WRITES; number += 1) await write(number);
      });
      return commands.filter((command) => !isLook(command) && !isRenewal(command)).length;
    });

  it(`is at most ${MOST_COMMANDS} commands for a plain write, however many they are`, async () => {
    const alone = await commandsOfWrites(1);
    expect(alone).toBeGreaterThan(0);
    expect(alone).toBeLessThanOrEqual(WRITES * MOST_COMMANDS);
    expect(await commandsOfWrites(3)).toBe(alone);
  });

  it('is nothing while nobody asks them anything', async () => {
    await withReplicas(3, async ({ replicas }) => {
      for (const replica of replicas) await (await replica.as()).get(PATH).expect(200);
      await witness.untilSilentFor(3);
    });
  });

  it('is a look at the log and nothing else for the first read after a pause', async () => {
    await withReplicas(2, async ({ replicas: [, there] }) => {
      const client = await there?.as();
      await client?.get(PATH).expect(200);
      await witness.untilSilentFor(0.2);
      const commands = await witness.during(async () => void (await client?.get(PATH).expect(200)));
      expect(commands.length).toBeGreaterThan(0);
      expect(commands.filter((command) => !isLook(command))).toEqual([]);
    });
  });
});
