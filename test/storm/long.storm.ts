import { expect, it } from '@jest/globals';
import { OwnRedis } from '../support/redis.js';
import { seeded } from '../support/seed.js';
import { OwnProcess } from './launch.js';
import { storm } from './storm.js';

// `npm run storm`: a minute, with gateways that are processes of their own and are killed by SIGKILL.
const STORM_MS = 60_000;
const ENOUGH = { acknowledged: 100, kills: 3 };

it(
  'two replicas and two hundred callers survive a minute of storm',
  seeded(async () => {
    const redis = new OwnRedis();
    await redis.start();
    try {
      const report = await storm({
        callers: 200,
        stormMs: STORM_MS,
        enough: ENOUGH,
        thinkMs: 500,
        killEveryMs: 8000,
        redisUrl: redis.url,
        launch: (env) => new OwnProcess(env),
      });
      process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
      expect(report.failedReads).toEqual({});
      expect(report).toMatchObject({ notExactlyOnce: [], duplicated: [], inFlight: 0 });
      expect(report.acknowledged).toBeGreaterThanOrEqual(ENOUGH.acknowledged);
      expect(report.kills).toBeGreaterThanOrEqual(ENOUGH.kills);
      expect(Math.max(...report.memoryMb)).toBeLessThan(400);
      // Nobody waits for a Logto in trouble, but a busy machine may have a replica ask Redis too late for its stale answer.
      expect(report.waited).toBeLessThan(report.reads / 20);
    } finally {
      await redis.stop();
    }
  }),
  450_000,
);
