import { setTimeout as pause } from 'node:timers/promises';
import { RedisSentinels } from '../support/redis-sentinels.js';
import { REPLICAS } from './operations.js';
import type { Phase, Scene, Topology } from './phase.js';
import { inRounds, loseTail } from './rounds.js';

/** A Redis behind sentinels, and its failovers. */
export class Watched implements Topology {
  readonly #sentinels = new RedisSentinels();

  start(): Promise<void> {
    return this.#sentinels.start();
  }

  stop(): Promise<void> {
    return this.#sentinels.stop();
  }

  readonly redisUrls = (): string[] => Array.from({ length: REPLICAS }, () => this.#sentinels.url);

  phases(): Phase[] {
    return [
      {
        name: 'sentinels: master killed',
        redisUrls: this.redisUrls,
        trouble: (scene) =>
          this.#failOver(
            scene,
            () => Promise.resolve(),
            () => this.#sentinels.failOver(),
          ),
        only: 'long',
      },
      {
        name: 'sentinels: master killed, its tail lost',
        redisUrls: this.redisUrls,
        trouble: (scene) =>
          this.#failOver(
            scene,
            () => this.#sentinels.replica.stopReplicating(),
            () => this.#loseTail(),
          ),
      },
    ];
  }

  /** The master dies some time after its replica has heard its last word, and comes back as the replica of the other. */
  async failOver(afterMs: number): Promise<void> {
    await this.#sentinels.rejoin();
    await this.#sentinels.replica.stopReplicating();
    await pause(afterMs);
    await this.#sentinels.failOver();
  }

  async #loseTail(): Promise<void> {
    const { master, replica } = this.#sentinels;
    if (!(await master.isAheadOf(replica))) throw new Error('there is no tail to lose');
    await this.#sentinels.failOver();
  }

  #failOver(scene: Scene, before: () => Promise<unknown>, comesBack: () => Promise<unknown>): Promise<void> {
    return inRounds(scene, async () => {
      await this.#sentinels.rejoin();
      await loseTail(scene, before, comesBack);
    });
  }
}
