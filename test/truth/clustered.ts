import { setTimeout as pause } from 'node:timers/promises';
import { RedisCluster, type Shard } from '../support/redis-cluster.js';
import { REPLICAS } from './operations.js';
import type { Phase, Scene, Topology } from './phase.js';
import { again, between, inRounds, loseTail } from './rounds.js';

const nothing = (): Promise<void> => Promise.resolve();

/** A Redis Cluster, and the failovers of the node that has the log of writes. */
export class Clustered implements Topology {
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
    const whenAhead =
      (comesBack: (shard: Shard) => Promise<void>) =>
      async (shard: Shard): Promise<void> => {
        if (!(await shard.master.isAheadOf(shard.replica))) throw new Error('there is no tail to lose');
        await comesBack(shard);
      };
    const kill = (shard: Shard): Promise<void> => cluster.failOver(shard);
    return [
      { name: 'cluster: calm', redisUrls, trouble: nothing, only: 'long' },
      {
        name: 'cluster: failover without loss',
        redisUrls,
        trouble: (scene) => this.#failOver(scene, nothing, (shard) => cluster.handOver(shard)),
      },
      {
        name: 'cluster: master killed',
        redisUrls,
        trouble: (scene) => this.#failOver(scene, nothing, kill),
        only: 'long',
      },
      {
        name: 'cluster: master killed, its tail lost',
        redisUrls,
        trouble: (scene) => this.#failOver(scene, loseLink, whenAhead(kill)),
      },
      {
        name: 'cluster: taken over while the master lives, its tail lost',
        redisUrls,
        trouble: (scene) =>
          this.#failOver(
            scene,
            loseLink,
            whenAhead((shard) => cluster.takeOver(shard)),
          ),
      },
      {
        name: 'cluster: connections killed',
        redisUrls,
        trouble: (scene) =>
          again(scene, async () => {
            await cluster.killClients();
            await pause(between(50, 300));
          }),
        only: 'long',
      },
    ];
  }

  #failOver(
    scene: Scene,
    before: (shard: Shard) => Promise<unknown>,
    comesBack: (shard: Shard) => Promise<unknown>,
  ): Promise<void> {
    return inRounds(scene, async () => {
      await this.#cluster.rejoin();
      const shard = await this.#shardWithLog(scene.fleet.prefix);
      await loseTail(
        scene,
        () => before(shard),
        () => comesBack(shard),
      );
    });
  }

  /** The log of writes is a stream. */
  async #shardWithLog(prefix: string): Promise<Shard> {
    const [log] = await this.#cluster.keys(`*${prefix}*`, 'stream');
    if (!log) throw new Error('there is no log of writes in Redis');
    return this.#cluster.shardOf(log);
  }
}
