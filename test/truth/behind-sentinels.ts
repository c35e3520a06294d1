import { setTimeout as pause } from 'node:timers/promises';
import { RedisSentinels } from '../support/redis-sentinels.js';
import { REPLICAS } from './operations.js';
import type { Phase, PhaseContext, Topology } from './phase.js';
import { inRounds, loseTail } from './rounds.js';

/** A Redis behind sentinels, and its failovers. */
export class BehindSentinels implements Topology {
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
        fault: (context) =>
          this.#failOver(
            context,
            () => Promise.resolve(),
            () => this.#sentinels.failOver(),
          ),
        only: 'long',
      },
      {
        name: 'sentinels: master killed, its tail lost',
        redisUrls: this.redisUrls,
        fault: (context) =>
          this.#failOver(
            context,
            () => this.#sentinels.replica.stopReplicating(),
            () => this.#loseTail(),
          ),
      },
    ];
  }

  /** The master is killed some time after its replica has stopped replicating, and rejoins as a replica. */
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

  #failOver(context: PhaseContext, prepare: () => Promise<unknown>, recover: () => Promise<unknown>): Promise<void> {
    return inRounds(context, async () => {
      await this.#sentinels.rejoin();
      await loseTail(context, prepare, recover);
    });
  }
}
