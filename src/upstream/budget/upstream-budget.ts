import type { Signal } from '../../core/signal.js';
import { type Clock, sleep, systemClock } from '../../core/clock.js';
import { LaneQueue } from '../lanes/lane-queue.js';
import type { Lane } from '../lanes/lanes.js';
import { UpstreamFault } from '../../core/faults.js';
import { withTimeout } from '../../core/cancellation.js';
import type { Bucket } from './bucket.js';

export interface BudgetOptions {
  readonly bucket: Bucket;
  /** Calls that may wait for a token. */
  readonly waiting: number;
  readonly clock?: Clock;
}

/** A call that would have to wait longer fails with `Retry-After` instead. */
const MAX_WAIT_MS = 2000;
/** How often the bucket is checked while somebody waits: other replicas take from it too. */
const RECHECK_MS = 100;
/** How long to pause after a 429 without `Retry-After`. */
const DEFAULT_PAUSE_S = 1;

/** Keeps calls below Logto's quota by a token bucket. Higher lanes are served first, and may empty the bucket further. */
export class UpstreamBudget {
  readonly #queue = new LaneQueue<void>();
  readonly #clock: Clock;
  #serving = false;
  #refused = 0;

  constructor(private readonly options: BudgetOptions) {
    this.#clock = options.clock ?? systemClock;
  }

  get state(): { readonly waiting: number; readonly refused: number } {
    return { waiting: this.#queue.size, refused: this.#refused };
  }

  /** Takes a token for one call, after a short wait if necessary. Throws `upstream.budget`, or the signal's reason. */
  async acquire(lane: Lane, endsAt = Infinity, parent?: Signal): Promise<void> {
    const limitMs = Math.min(MAX_WAIT_MS, endsAt - this.#clock.now());
    if (!this.#queue.hasWaiterAheadOf(lane)) {
      const waitMs = await this.options.bucket.take(lane);
      if (waitMs === 0) return;
      if (waitMs > limitMs) throw this.#refusal(lane, waitMs);
    }
    if (this.#queue.size >= this.options.waiting) throw this.#refusal(lane, MAX_WAIT_MS);
    const timeoutError = () => this.#refusal(lane, MAX_WAIT_MS);
    const served = withTimeout({ clock: this.#clock, limitMs, parent, timeoutError }, (signal) =>
      this.#queue.wait(lane, signal),
    );
    void this.#serve();
    await served;
  }

  /** Stops all calls for a while, because Logto answered 429. */
  async pause(retryAfterS = DEFAULT_PAUSE_S): Promise<void> {
    await this.options.bucket.pause(retryAfterS * 1000);
  }

  /** One loop takes tokens for all waiters, so that a thousand of them do not all query the bucket. */
  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    try {
      for (let lane = this.#queue.head; lane; lane = this.#queue.head) {
        // oxlint-disable-next-line no-await-in-loop -- one token at a time
        const waitMs = await this.options.bucket.take(lane);
        if (waitMs === 0) this.#queue.serve(lane, undefined);
        // oxlint-disable-next-line no-await-in-loop -- the bucket is empty, so wait for its refill
        else await sleep(this.#clock, Math.min(waitMs, RECHECK_MS));
      }
    } finally {
      this.#serving = false;
    }
  }

  #refusal(lane: Lane, waitMs: number): UpstreamFault {
    this.#refused += 1;
    return new UpstreamFault('upstream.budget', `the upstream budget is spent for ${lane} calls`, {
      retryAfterS: Math.max(1, Math.ceil(waitMs / 1000)),
    });
  }
}
