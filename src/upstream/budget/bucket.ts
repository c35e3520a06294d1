import type { Rate } from '../../config/kinds/rates.js';
import type { Lane } from '../lanes/lanes.js';

/** A token bucket for calls to Logto. */
export interface Bucket {
  /** Takes a token and returns 0, or returns in how many milliseconds there may be one. */
  take(lane: Lane): Promise<number>;
  /** Gives out no tokens for this long, because Logto answered 429. */
  pause(ms: number): Promise<void>;
}

/**
 * Capacity and refill rate as parts of the quota. They keep the calls in *any* window of the quota's length below it: a full
 * bucket plus its refill in that time is 95 %. A bucket with the capacity of the quota would let twice the quota pass.
 */
const BURST = 0.25;
const REFILL = 0.7;

/** The part of a full bucket that a lane leaves to the lanes above it. */
const RESERVE: Record<Lane, number> = { write: 0, interactive: 0.1, aggregate: 0.3, background: 0.5 };

export interface BucketSize {
  readonly capacity: number;
  /** Tokens refilled per millisecond. */
  readonly perMs: number;
  /** How many tokens must be there for this lane to take one. */
  needs(lane: Lane): number;
}

/** The size of a bucket for a quota, or for a share of it. */
export function bucketSize({ count, windowMs }: Rate, share = 1): BucketSize {
  const capacity = Math.max(1, count * share * BURST);
  return {
    capacity,
    perMs: (count * share * REFILL) / windowMs,
    needs: (lane) => Math.min(capacity, 1 + capacity * RESERVE[lane]),
  };
}
