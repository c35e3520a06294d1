import type { Signal } from '../../context/signal.js';
import { type Clock, sleep, systemClock } from '../clock.js';
import { LaneQueue } from '../lane-queue.js';
import type { Lane } from '../lanes.js';
import { UpstreamFault } from '../upstream-fault.js';
import { within } from '../signals.js';
import type { Bucket } from './bucket.js';

export interface BudgetOptions {
  readonly bucket: Bucket;
  /** Calls that may wait for a token. */
  readonly waiting: number;
  readonly clock?: Clock;
}

/** Nobody waits longer for a token: better to be told when to come back. */
const MOST_WAIT_MS = 2000;
/** Between two looks into the bucket while somebody waits: other replicas take from it too. */
const LOOK_AGAIN_MS = 100;
/** Where Logto says "too many" and not for how long. */
const USUAL_PAUSE_S = 1;

/** Pays for calls to Logto out of a bucket under its quota. The more urgent lane is served first, and leaves less behind. */
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

  /** Pays for one call, after a short wait if need be. Throws `upstream.budget`, or the signal's reason. */
  async pay(lane: Lane, endsAt = Infinity, signal?: Signal): Promise<void> {
    const mostMs = Math.min(MOST_WAIT_MS, endsAt - this.#clock.now());
    if (!this.#queue.isAhead(lane)) {
      const waitMs = await this.options.bucket.take(lane);
      if (waitMs === 0) return;
      if (waitMs > mostMs) throw this.#refusal(lane, waitMs);
    }
    if (this.#queue.size >= this.options.waiting) throw this.#refusal(lane, MOST_WAIT_MS);
    const late = () => this.#refusal(lane, MOST_WAIT_MS);
    const served = within({ clock: this.#clock, limitMs: mostMs, parent: signal, late }, (until) =>
      this.#queue.wait(lane, until),
    );
    void this.#serve();
    await served;
  }

  /** Logto said that it is enough: nobody asks anything until it is over. */
  async pause(retryAfterS = USUAL_PAUSE_S): Promise<void> {
    await this.options.bucket.pause(retryAfterS * 1000);
  }

  /** One loop asks for all who wait, so that a thousand of them do not all ask the bucket. */
  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    try {
      for (let lane = this.#queue.head; lane; lane = this.#queue.head) {
        // oxlint-disable-next-line no-await-in-loop -- one token at a time
        const waitMs = await this.options.bucket.take(lane);
        if (waitMs === 0) this.#queue.serve(lane, undefined);
        // oxlint-disable-next-line no-await-in-loop -- the bucket is empty: asked again when there may be something in it
        else await sleep(this.#clock, Math.min(waitMs, LOOK_AGAIN_MS));
      }
    } finally {
      this.#serving = false;
    }
  }

  #refusal(lane: Lane, waitMs: number): UpstreamFault {
    this.#refused += 1;
    return new UpstreamFault('upstream.budget', `the upstream budget has nothing left for ${lane} calls`, {
      retryAfterS: Math.max(1, Math.ceil(waitMs / 1000)),
    });
  }
}
