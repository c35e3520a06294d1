import { expect, it } from '@jest/globals';
import { OwnRedis } from '../support/redis.js';
import { OwnProcess } from './launch.js';
import { storm } from './storm.js';

// `npm run storm`: a minute, with gateways that are processes of their own and are killed by SIGKILL.
const CALM_MS = 15_000;
const STORM_MS = 60_000;
const ENOUGH = { acknowledged: 100, kills: 3 };

it('two replicas and two hundred callers come through a minute of storm', async () => {
  const redis = new OwnRedis();
  await redis.start();
  try {
    const report = await storm({
      callers: 200,
      calmMs: CALM_MS,
      stormMs: STORM_MS,
      enough: ENOUGH,
      thinkMs: 500,
      killEveryMs: 8000,
      redisUrl: redis.url,
      launch: (env) => new OwnProcess(env),
    });
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    expect(report.failedReads).toEqual({});
    expect(report).toMatchObject({ wronglyKept: [], repeated: [], leftBehind: 0 });
    expect(report.acknowledged).toBeGreaterThanOrEqual(ENOUGH.acknowledged);
    expect(report.kills).toBeGreaterThanOrEqual(ENOUGH.kills);
    expect(Math.max(...report.memoryMb)).toBeLessThan(400);
    // A gateway that starts takes one core of two, and callers and Logto share the other: what callers measure is the
    // machine. What the gateway takes shows whether anybody waits for a Logto in trouble.
    expect(report.stormy.insideMs).toBeLessThan(Math.max(3 * report.calm.insideMs, 15));
  } finally {
    await redis.stop();
  }
}, 450_000);
