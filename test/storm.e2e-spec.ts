import { expect, it } from '@jest/globals';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { seeded } from './support/seed.js';
import { InProcess } from './storm/launch.js';
import { storm } from './storm/storm.js';

const ENOUGH = { acknowledged: 20, kills: 1 };

describeWithRedis('a short storm', () => {
  it(
    'loses no acknowledged write, duplicates none, and fails no read for which there is a stale reply',
    seeded(async () => {
      const report = await storm({
        callers: 40,
        stormMs: 7000,
        enough: ENOUGH,
        thinkMs: 200,
        killEveryMs: 2500,
        redisUrl: REDIS_URL,
        launch: (env, tokens) => new InProcess(env, tokens),
      });
      expect(report.failedReads).toEqual({});
      expect(report).toMatchObject({ notExactlyOnce: [], duplicated: [], inFlight: 0 });
      expect(report.acknowledged).toBeGreaterThanOrEqual(ENOUGH.acknowledged);
      expect(report.kills).toBeGreaterThanOrEqual(ENOUGH.kills);
    }),
    90_000,
  );
});
