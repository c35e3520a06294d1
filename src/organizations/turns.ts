import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../http/problem.js';
import type { Lease, SharedLock } from '../redis/shared-lock.js';
import { RedisUnavailable } from '../redis/shared-redis.js';

/** How long a writer waits for the others. */
const PATIENCE_MS = 10_000;
/** How often a turn that was lost half-way is taken again. */
const MOST_TRIES = 3;
/** About how often it is asked for while another replica has it. */
const ASK_AGAIN_MS = 10;

/** Somebody else may have written since this turn began: what was read in it counts no more. */
class TurnLost extends Error {}

/** What the work of a turn may ask. */
export interface Turn {
  /** To be awaited between reading and writing: the turn begins anew when it was lost meanwhile. */
  confirm(): Promise<void>;
}

const tooMany = (): Problem =>
  new Problem(
    'conflict',
    'Others change this organization at the same time, and the turn for this change did not come. Nothing was changed; send it again in a moment.',
    { code: 'conflict', headers: { 'Retry-After': '1' } },
  );

/**
 * Who changes the same thing takes turns. Logto has no conditional write: between reading what is there and writing what
 * shall be, nobody else may write. In one process a queue sees to that, among replicas a lock in Redis besides; where
 * there is no Redis, or it is away, the queue alone.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  /** When the next turn may be asked for, under keys that other replicas wait for. */
  readonly #yieldUntil = new Map<string, number>();

  constructor(
    private readonly lock?: Pick<SharedLock, 'take'>,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /**
   * Runs `work` when everything asked for earlier under the same key is over; more than once if the turn was lost before
   * it wrote. Throws 409 `conflict` when the turn does not come in time.
   */
  async take<T>(key: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const until = performance.now() + this.patienceMs;
    const before = this.#last.get(key) ?? Promise.resolve();
    let waiting = true;
    const turn = before.then(() => {
      if (!waiting) throw tooMany();
      waiting = false;
      return this.#alone(key, until, work);
    });
    // Who comes next waits for this one, whatever becomes of it.
    const over = turn.catch(() => undefined);
    this.#last.set(key, over);
    void over.then(() => this.#last.get(key) === over && this.#last.delete(key));
    const timer = new AbortController();
    const late = pause(this.patienceMs, undefined, { ref: false, signal: timer.signal }).then(() => {
      // Its turn has come: then it is the lock, or Logto, that ends it.
      if (!waiting) return turn;
      waiting = false;
      throw tooMany();
    });
    late.catch(() => undefined);
    return Promise.race([turn, late]).finally(() => timer.abort());
  }

  async #alone<T>(key: string, until: number, work: (turn: Turn) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      // oxlint-disable-next-line no-await-in-loop -- a turn is taken again only after it was lost
      const lease = await this.#lease(key, until);
      const confirm = async (): Promise<void> => {
        if (lease && !(await lease.isHeld())) throw new TurnLost();
      };
      try {
        // oxlint-disable-next-line no-await-in-loop -- the work of this turn, before another is taken
        return await work({ confirm });
      } catch (error) {
        if (!(error instanceof TurnLost)) throw error;
        if (tries >= MOST_TRIES) throw tooMany();
      } finally {
        // oxlint-disable-next-line no-await-in-loop -- whether others want it decides how long to stand back
        if (await lease?.release()) this.#yieldUntil.set(key, performance.now() + 2 * ASK_AGAIN_MS);
      }
    }
  }

  /** The lock among replicas; undefined where there is none to be had. */
  async #lease(key: string, until: number): Promise<Lease | undefined> {
    if (!this.lock) return undefined;
    const yieldUntil = this.#yieldUntil.get(key);
    this.#yieldUntil.delete(key);
    // Who has just had it lets the others ask first.
    if (yieldUntil !== undefined) await pause(Math.max(0, yieldUntil - performance.now()));
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- another replica has it: asked again until it is free
        const lease = await this.lock.take(key);
        if (lease) return lease;
        if (performance.now() > until) throw tooMany();
        // oxlint-disable-next-line no-await-in-loop -- waiting is the point
        await pause(ASK_AGAIN_MS * (0.5 + Math.random()));
      }
    } catch (error) {
      if (error instanceof RedisUnavailable) return undefined;
      throw error;
    }
  }
}
