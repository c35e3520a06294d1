import { setTimeout as pause } from 'node:timers/promises';
import { RedisCluster, type Shard } from '../support/redis-cluster.js';
import { REPLICAS } from './operations.js';
import type { Phase, PhaseContext, Topology } from './phase.js';
import { repeatUntilDone, randomBetween, inRounds, loseTail } from './rounds.js';

const noop = (): Promise<void> => Promise.resolve();

/** A Redis Cluster, and failovers of the master that has the write log. */
export class OnCluster implements Topology {
  readonly #cluster = new RedisCluster();

  start(): Promise<void> {
    return this.#cluster.start();
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  readonly redisUrls = (): string[] => Array.from({ length: REPLICAS }, () => this.#cluster.url);

  phases(): Phase[] {
    const cluster = this.#cluster;
    const { redisUrls } = this;
    const loseLink = ({ replica }: Shard): Promise<void> => replica.stopReplicating();
    const requireTail =
      (failOver: (shard: Shard) => Promise<void>) =>
      async (shard: Shard): Promise<void> => {
        if (!(await shard.master.isAheadOf(shard.replica))) throw new Error('there is no tail to lose');
        await failOver(shard);
      };
    const kill = (shard: Shard): Promise<void> => cluster.failOver(shard);
    return [
      { name: 'cluster: calm', redisUrls, fault: noop, only: 'long' },
      {
        name: 'cluster: failover without loss',
        redisUrls,
        fault: (context) => this.#failOver(context, noop, (shard) => cluster.handOver(shard)),
      },
      {
        name: 'cluster: master killed',
        redisUrls,
        fault: (context) => this.#failOver(context, noop, kill),
        only: 'long',
      },
      {
        name: 'cluster: master killed, its tail lost',
        redisUrls,
        fault: (context) => this.#failOver(context, loseLink, requireTail(kill)),
      },
      {
        name: 'cluster: taken over while the master lives, its tail lost',
        redisUrls,
        fault: (context) =>
          this.#failOver(
            context,
            loseLink,
            requireTail((shard) => cluster.takeOver(shard)),
          ),
      },
      {
        name: 'cluster: connections killed',
        redisUrls,
        fault: (context) =>
          repeatUntilDone(context, async () => {
            await cluster.killClients();
            await pause(randomBetween(50, 300));
          }),
        only: 'long',
      },
    ];
  }

  #failOver(
    context: PhaseContext,
    prepare: (shard: Shard) => Promise<unknown>,
    failOver: (shard: Shard) => Promise<unknown>,
  ): Promise<void> {
    return inRounds(context, async () => {
      await this.#cluster.rejoin();
      const shard = await this.#shardWithLog(context.fleet.prefix);
      await loseTail(
        context,
        () => prepare(shard),
        () => failOver(shard),
      );
    });
  }

  /** The write log is a stream. */
  async #shardWithLog(prefix: string): Promise<Shard> {
    const [log] = await this.#cluster.keys(`*${prefix}*`, 'stream');
    if (!log) throw new Error('there is no write log in Redis');
    return this.#cluster.shardOf(log);
  }
}
