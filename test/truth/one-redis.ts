import { setTimeout as pause } from 'node:timers/promises';
import { OwnRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { cutOffPhases } from './cut-off.js';
import { REPLICAS } from './operations.js';
import type { Phase, Topology } from './phase.js';
import { again, any, between, inRounds, loseTail } from './rounds.js';

/** One Redis, which each replica reaches over a wire of its own. */
export class OneRedis implements Topology {
  readonly redis = new OwnRedis();
  #wires: readonly TcpProxy[] = [];
  #isStopped = false;

  async start(): Promise<void> {
    await this.redis.start();
    this.#wires = Array.from({ length: REPLICAS }, () => new TcpProxy(this.redis.port));
    for (const wire of this.#wires) await wire.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const wire of this.#wires) await wire.close();
    await this.redis.stop();
  }

  /** Comes back with what was saved last. */
  async restart(): Promise<void> {
    await this.redis.kill();
    await this.#startAgain();
  }

  async restartEmpty(): Promise<void> {
    await this.redis.stop();
    await this.#startAgain();
  }

  readonly redisUrls = (): string[] => this.#wires.map(({ port }) => `redis://127.0.0.1:${port}`);

  /** What can happen to Redis and to the way there. */
  phases(): Phase[] {
    const { redis, redisUrls } = this;
    const nothing = (): Promise<void> => Promise.resolve();
    return [
      { name: 'calm', redisUrls, trouble: nothing },
      {
        name: 'Redis busy for 60 to 150 ms',
        redisUrls,
        trouble: (scene) =>
          again(scene, async () => {
            await redis.hang(between(60, 150));
            await pause(between(10, 100));
          }),
      },
      {
        name: 'connections to Redis killed',
        redisUrls,
        trouble: (scene) =>
          again(scene, async () => {
            await redis.killClients();
            await pause(between(50, 300));
          }),
      },
      {
        name: 'the connections of one replica cut',
        redisUrls,
        trouble: (scene) =>
          again(scene, async () => {
            any(this.#wires).cut();
            await pause(between(50, 300));
          }),
        only: 'long',
      },
      {
        name: 'Redis emptied',
        redisUrls,
        trouble: (scene) =>
          again(scene, async () => {
            await redis.empty();
            await pause(between(50, 300));
          }),
      },
      {
        name: 'one replica 100 ms away from Redis',
        redisUrls,
        trouble: async ({ load, scale }) => {
          const wire = any(this.#wires);
          wire.delayMs = 50;
          await load.more(scale.operations).finally(() => wire.heal());
        },
      },
      {
        name: 'Redis silent for two seconds',
        redisUrls,
        trouble: (scene) =>
          inRounds(scene, () =>
            scene.excused(async () => {
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
        trouble: (scene) =>
          inRounds(scene, () =>
            loseTail(
              scene,
              () => redis.save(),
              () => this.restart(),
            ),
          ),
      },
      {
        name: 'Redis restarted empty',
        redisUrls,
        trouble: (scene) => inRounds(scene, () => loseTail(scene, nothing, () => this.restartEmpty())),
        only: 'long',
      },
      ...cutOffPhases(redisUrls, () => this.#wires),
    ];
  }

  /** A test that failed may go on when all has been torn down. */
  async #startAgain(): Promise<void> {
    if (this.#isStopped) throw new Error('this Redis was stopped for good');
    await this.redis.start();
  }
}
