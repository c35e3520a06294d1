import type { Rate } from '../../config/kinds/rates.js';
import { type Clock, systemClock } from '../../core/clock.js';
import type { Lane } from '../lanes/lanes.js';
import { type Bucket, type BucketSize, bucketSize } from './bucket.js';

/** A token bucket in this process. */
export class MemoryBucket implements Bucket {
  readonly #size: BucketSize;
  #tokens: number;
  #refilledAt: number;
  #pausedUntil = 0;

  constructor(
    quota: Rate,
    share = 1,
    private readonly clock: Clock = systemClock,
  ) {
    this.#size = bucketSize(quota, share);
    this.#tokens = this.#size.capacity;
    this.#refilledAt = clock.now();
  }

  take(lane: Lane): Promise<number> {
    return Promise.resolve(this.#take(lane));
  }

  pause(ms: number): Promise<void> {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.clock.now() + ms);
    return Promise.resolve();
  }

  #take(lane: Lane): number {
    const now = this.clock.now();
    const { capacity, perMs } = this.#size;
    this.#tokens = Math.min(capacity, this.#tokens + (now - this.#refilledAt) * perMs);
    this.#refilledAt = now;
    if (now < this.#pausedUntil) return Math.ceil(this.#pausedUntil - now);
    const missing = this.#size.needs(lane) - this.#tokens;
    if (missing > 0) return Math.ceil(missing / perMs);
    this.#tokens -= 1;
    return 0;
  }
}
