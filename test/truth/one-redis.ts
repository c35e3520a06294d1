import { setTimeout as pause } from 'node:timers/promises';
import { OwnRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { cutOffPhases } from './cut-off.js';
import { REPLICAS } from './operations.js';
import type { Phase, Topology } from './phase.js';
import { repeatUntilDone, randomOf, randomBetween, inRounds, loseTail } from './rounds.js';

/** One Redis, which each replica reaches through its own proxy. */
export class OneRedis implements Topology {
  readonly redis = new OwnRedis();
  #proxies: readonly TcpProxy[] = [];
  #isStopped = false;

  async start(): Promise<void> {
    await this.redis.start();
    this.#proxies = Array.from({ length: REPLICAS }, () => new TcpProxy(this.redis.port));
    for (const proxy of this.#proxies) await proxy.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const proxy of this.#proxies) await proxy.close();
    await this.redis.stop();
  }

  /** Restarts with the last snapshot. */
  async restart(): Promise<void> {
    await this.redis.kill();
    await this.#restart();
  }

  async restartEmpty(): Promise<void> {
    await this.redis.stop();
    await this.#restart();
  }

  readonly redisUrls = (): string[] => this.#proxies.map(({ port }) => `redis://127.0.0.1:${port}`);

  /** Faults of Redis and of the connections to it. */
  phases(): Phase[] {
    const { redis, redisUrls } = this;
    const noop = (): Promise<void> => Promise.resolve();
    return [
      { name: 'calm', redisUrls, fault: noop },
      {
        name: 'Redis busy for 60 to 150 ms',
        redisUrls,
        fault: (context) =>
          repeatUntilDone(context, async () => {
            await redis.hang(randomBetween(60, 150));
            await pause(randomBetween(10, 100));
          }),
      },
      {
        name: 'connections to Redis killed',
        redisUrls,
        fault: (context) =>
          repeatUntilDone(context, async () => {
            await redis.killClients();
            await pause(randomBetween(50, 300));
          }),
      },
      {
        name: 'the connections of one replica cut',
        redisUrls,
        fault: (context) =>
          repeatUntilDone(context, async () => {
            randomOf(this.#proxies).cut();
            await pause(randomBetween(50, 300));
          }),
        only: 'long',
      },
      {
        name: 'Redis emptied',
        redisUrls,
        fault: (context) =>
          repeatUntilDone(context, async () => {
            await redis.empty();
            await pause(randomBetween(50, 300));
          }),
      },
      {
        name: 'one replica 100 ms away from Redis',
        redisUrls,
        fault: async ({ load, scale }) => {
          const proxy = randomOf(this.#proxies);
          proxy.delayMs = 50;
          await load.more(scale.operations).finally(() => proxy.heal());
        },
      },
      {
        name: 'Redis silent for two seconds',
        redisUrls,
        fault: (context) =>
          inRounds(context, () =>
            context.excused(async () => {
              redis.suspend();
              await pause(2000);
              redis.resume();
            }),
          ),
        only: 'long',
      },
      {
        name: 'Redis restarted from a snapshot',
        redisUrls,
        fault: (context) =>
          inRounds(context, () =>
            loseTail(
              context,
              () => redis.save(),
              () => this.restart(),
            ),
          ),
      },
      {
        name: 'Redis restarted empty',
        redisUrls,
        fault: (context) => inRounds(context, () => loseTail(context, noop, () => this.restartEmpty())),
        only: 'long',
      },
      ...cutOffPhases(redisUrls, () => this.#proxies),
    ];
  }

  /** A failed test may still run after the teardown. */
  async #restart(): Promise<void> {
    if (this.#isStopped) throw new Error('this Redis was stopped permanently');
    await this.redis.start();
  }
}
