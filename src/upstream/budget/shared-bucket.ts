import type { Rate } from '../../config/kinds/rates.js';
import { PAUSE_BUDGET, TAKE_BUDGET } from '../../redis/scripts/budget.js';
import { callScript, type SharedRedis } from '../../redis/shared-redis.js';
import { RedisUnavailable } from '../../core/faults.js';
import type { Lane } from '../lanes/lanes.js';
import { type Bucket, type BucketSize, bucketSize } from './bucket.js';
import { MemoryBucket } from './memory-bucket.js';

/** The share of the quota that each replica takes while Redis is down, when the number of replicas is unknown. */
const LOCAL_SHARE = 0.5;

/** A token bucket that all replicas share, with a smaller local one as the fallback while Redis is down. */
export class SharedBucket implements Bucket {
  readonly #size: BucketSize;
  readonly #local: MemoryBucket;
  readonly #key: string;

  constructor(
    private readonly quota: Rate,
    private readonly redis: SharedRedis,
  ) {
    this.#size = bucketSize(quota);
    this.#local = new MemoryBucket(quota, LOCAL_SHARE);
    this.#key = redis.key('budget');
  }

  take(lane: Lane): Promise<number> {
    const { capacity, perMs } = this.#size;
    const args = [capacity, perMs, this.#size.needs(lane), this.#ttlMs];
    return this.#withFallback(
      () => this.redis.run((client) => callScript(client, TAKE_BUDGET, [this.#key], ...args) as Promise<number>),
      () => this.#local.take(lane),
    );
  }

  /** Pauses the local bucket too: Redis may go down during the pause. */
  async pause(ms: number): Promise<void> {
    await this.#local.pause(ms);
    await this.#withFallback(
      () =>
        this.redis.run(async (client) => {
          await callScript(client, PAUSE_BUDGET, [this.#key], Math.ceil(ms), this.#ttlMs);
        }),
      () => Promise.resolve(),
    );
  }

  /** An unused bucket may expire once it must be full again. */
  get #ttlMs(): number {
    return 2 * this.quota.windowMs;
  }

  async #withFallback<T>(shared: () => Promise<T>, local: () => Promise<T>): Promise<T> {
    try {
      return await shared();
    } catch (error) {
      if (error instanceof RedisUnavailable) return local();
      throw error;
    }
  }
}
