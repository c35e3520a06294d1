import type { Rate } from '../../config/rate.js';
import { PAUSE_BUDGET, TAKE_BUDGET } from '../../redis/scripts/budget.js';
import { callScript, RedisUnavailable, type SharedRedis } from '../../redis/shared-redis.js';
import type { Lane } from '../lanes.js';
import { type Bucket, type BucketSize, bucketSize } from './bucket.js';
import { MemoryBucket } from './memory-bucket.js';

/** While Redis is away nobody knows how many replicas there are: each is content with half. */
const SHARE_ALONE = 0.5;

/** A bucket that all replicas take from, and a smaller one of their own while Redis is away. */
export class SharedBucket implements Bucket {
  readonly #size: BucketSize;
  readonly #alone: MemoryBucket;
  readonly #key: string;

  constructor(
    private readonly quota: Rate,
    private readonly redis: SharedRedis,
  ) {
    this.#size = bucketSize(quota);
    this.#alone = new MemoryBucket(quota, SHARE_ALONE);
    this.#key = redis.key('budget');
  }

  take(lane: Lane): Promise<number> {
    const { capacity, perMs } = this.#size;
    const args = [capacity, perMs, this.#size.needs(lane), this.#keepMs];
    return this.#orAlone(
      () => this.redis.run((client) => callScript(client, TAKE_BUDGET, [this.#key], ...args) as Promise<number>),
      () => this.#alone.take(lane),
    );
  }

  /** The bucket of its own is paused too: Redis may be away the next moment, Logto's patience all the same. */
  async pause(ms: number): Promise<void> {
    await this.#alone.pause(ms);
    await this.#orAlone(
      () =>
        this.redis.run(async (client) => {
          await callScript(client, PAUSE_BUDGET, [this.#key], Math.ceil(ms), this.#keepMs);
        }),
      () => Promise.resolve(),
    );
  }

  /** Forgotten when it must be full again. */
  get #keepMs(): number {
    return 2 * this.quota.windowMs;
  }

  async #orAlone<T>(shared: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    try {
      return await shared();
    } catch (error) {
      if (error instanceof RedisUnavailable) return alone();
      throw error;
    }
  }
}
