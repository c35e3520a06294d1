import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../http/problem.js';
import type { Lease, Leases } from '../redis/lease.js';
import { RedisUnavailable } from '../redis/shared-redis.js';

/** How long a writer waits for the others. */
const WAIT_MS = 10_000;
/** How often a lock that was lost half-way is taken again. */
const MOST_TRIES = 3;
/** About how often it is asked for while another replica has it. */
const ASK_AGAIN_MS = 10;
/** How long a lock stays taken by a process that died. A living one renews it. */
const TTL_MS = 5000;

/** Somebody else may have written since the lock was taken: what was read under it counts no more. */
class LockLost extends Error {}

/** What work under a lock may ask. */
export interface Lock {
  /** To be awaited between reading and writing: the work begins anew when the lock was lost meanwhile. */
  confirm(): Promise<void>;
}

const tooMany = (): Problem =>
  new Problem(
    'conflict',
    'Others change this organization at the same time, and this change did not get its turn. Nothing was changed; send it again in a moment.',
    { code: 'conflict', headers: { 'Retry-After': '1' } },
  );

/**
 * Whoever changes the same thing does so one after another. Logto has no conditional write: between reading what is there and
 * writing what shall be, nobody else may write. In one process a queue sees to that, among replicas a lease in Redis besides.
 */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();
  /** When the lock may be asked for next, under keys that other replicas wait for. */
  readonly #yieldUntil = new Map<string, number>();

  constructor(
    private readonly leases: Pick<Leases, 'take'> | undefined,
    private readonly waitMs = WAIT_MS,
  ) {}

  /**
   * Runs `work` when everything asked for earlier under the same key is over; more than once if the lock was lost before
   * it wrote. Throws 409 `conflict` when its turn does not come in time.
   * @param options.isConditional what is written hangs on what is read: where Redis does not answer, RedisUnavailable is
   *   thrown. Other work then goes on under the lock of this process alone.
   */
  async run<T>(
    key: string,
    { isConditional }: { readonly isConditional: boolean },
    work: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    const until = performance.now() + this.waitMs;
    const before = this.#last.get(key) ?? Promise.resolve();
    let waiting = true;
    const turn = before.then(() => {
      if (!waiting) throw tooMany();
      waiting = false;
      return this.#underLock(key, { until, isConditional }, work);
    });
    // Who comes next waits for this one, whatever becomes of it.
    const over = turn.catch(() => undefined);
    this.#last.set(key, over);
    void over.then(() => this.#last.get(key) === over && this.#last.delete(key));
    const timer = new AbortController();
    const late = pause(this.waitMs, undefined, { ref: false, signal: timer.signal }).then(() => {
      // Its turn has come: then it is the lock, or Logto, that ends it.
      if (!waiting) return turn;
      waiting = false;
      throw tooMany();
    });
    late.catch(() => undefined);
    return Promise.race([turn, late]).finally(() => timer.abort());
  }

  async #underLock<T>(
    key: string,
    { until, isConditional }: { readonly until: number; readonly isConditional: boolean },
    work: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      // oxlint-disable-next-line no-await-in-loop -- a lock is taken again only after it was lost
      const lease = await this.#take(key, until).catch((error: unknown) => {
        if (isConditional || !(error instanceof RedisUnavailable)) throw error;
        return undefined;
      });
      const confirm = async (): Promise<void> => {
        if (lease && !(await lease.isHeld())) throw new LockLost();
      };
      try {
        // oxlint-disable-next-line no-await-in-loop -- the work under this lock, before another is taken
        return await work({ confirm });
      } catch (error) {
        if (!(error instanceof LockLost)) throw error;
        if (tries >= MOST_TRIES) throw tooMany();
      } finally {
        // oxlint-disable-next-line no-await-in-loop -- whether others want it decides how long to stand back
        if (await lease?.release()) this.#yieldUntil.set(key, performance.now() + 2 * ASK_AGAIN_MS);
      }
    }
  }

  /** The lock among replicas; undefined where there are no others. */
  async #take(key: string, until: number): Promise<Lease | undefined> {
    if (!this.leases) return undefined;
    const yieldUntil = this.#yieldUntil.get(key);
    this.#yieldUntil.delete(key);
    // Whoever has just had it lets the others ask first.
    if (yieldUntil !== undefined) await pause(Math.max(0, yieldUntil - performance.now()));
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- another replica has it: asked again until it is free
      const taken = await this.leases.take(`lock:${key}`, { ttlMs: TTL_MS, protects: true, waits: true });
      if (!('found' in taken)) return taken;
      if (performance.now() > until) throw tooMany();
      // oxlint-disable-next-line no-await-in-loop -- waiting is the point
      await pause(ASK_AGAIN_MS * (0.5 + Math.random()));
    }
  }
}
