import type { Rate } from '../../config/rate.js';
import type { Lane } from '../lanes.js';

/** What calls to Logto are paid from. */
export interface Bucket {
  /** Takes a token: 0. Or says in how many milliseconds there may be one. */
  take(lane: Lane): Promise<number>;
  /** Gives nobody anything for so long: Logto said that it is enough. */
  pause(ms: number): Promise<void>;
}

/**
 * What may be taken at once, and how fast it comes back, so that never more than the quota leaves in *any* span of its
 * length: a full bucket plus all that comes back meanwhile is 95 % of it. A bucket as large as the quota would let twice the
 * quota pass in one span.
 */
const BURST = 0.25;
const REFILL = 0.7;

/** The part of a full bucket that a lane leaves to those above it. */
const RESERVE: Record<Lane, number> = { write: 0, interactive: 0.1, aggregate: 0.3, background: 0.5 };

export interface BucketSize {
  readonly capacity: number;
  /** Tokens that come back in a millisecond. */
  readonly perMs: number;
  /** How many must be there for this lane to take one. */
  needs(lane: Lane): number;
}

/** The bucket for a quota, or for a part of it. */
export function bucketSize({ count, windowMs }: Rate, share = 1): BucketSize {
  const capacity = Math.max(1, count * share * BURST);
  return {
    capacity,
    perMs: (count * share * REFILL) / windowMs,
    needs: (lane) => Math.min(capacity, 1 + capacity * RESERVE[lane]),
  };
}
