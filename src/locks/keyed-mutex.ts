import { type Clock, sleep, systemClock } from '../core/clock.js';
import { Problem } from '../http/problems/problem.js';
import type { Lease, Leases } from '../redis/lease.js';
import { RedisUnavailable } from '../core/faults.js';

/** How long work waits for the lock. */
const MAX_WAIT_MS = 10_000;
/** How often work is tried when it loses its lock. */
const MAX_ATTEMPTS = 3;
/** The average interval at which the lock is requested while another replica has it. */
const POLL_MS = 10;
/** How long the lock of a crashed process stays taken. A running one renews it. */
const TTL_MS = 5000;

/** Another replica may have written since the lock was taken, so what was read under it may be outdated. */
class LockLost extends Error {}

export interface Lock {
  /** Must be awaited between reading and writing. Throws, and so restarts the work, when the lock was lost meanwhile. */
  confirm(): Promise<void>;
}

const conflict = (): Problem =>
  new Problem(
    'conflict',
    'Other requests are changing this organization, and this one could not be carried out in time. Nothing was changed; send it again in a moment.',
    { code: 'conflict', headers: { 'Retry-After': '1' } },
  );

/**
 * Serializes work by key. Logto has no conditional writes, so nobody else may write between a read and the write that depends on
 * it. A queue serializes the work of one process, and a lease in Redis that of all replicas.
 */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();
  /** When the lock may be requested again, for keys that other replicas wait for. */
  readonly #yieldUntil = new Map<string, number>();

  constructor(
    private readonly leases: Pick<Leases, 'take'> | undefined,
    private readonly clock: Clock = systemClock,
    /** 0 to 1. */
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * Runs `work` once all earlier work with the same key has ended. Runs it again if the lock was lost before it wrote. Throws
   * 409 `conflict` when it cannot start in time.
   * @param options.isConditional what `work` writes depends on what it reads: throws RedisUnavailable while Redis is down. Other
   *   work then runs under the lock of this process alone.
   */
  async run<T>(
    key: string,
    { isConditional }: { readonly isConditional: boolean },
    work: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    const waitUntil = this.clock.now() + MAX_WAIT_MS;
    const previous = this.#last.get(key) ?? Promise.resolve();
    let isWaiting = true;
    const result = previous.then(() => {
      if (!isWaiting) throw conflict();
      isWaiting = false;
      return this.#underLock(key, { waitUntil, isConditional }, work);
    });
    // The next work starts even if this one fails.
    const settled = result.catch(() => undefined);
    this.#last.set(key, settled);
    void settled.then(() => this.#last.get(key) === settled && this.#last.delete(key));
    return new Promise<T>((resolve, reject) => {
      const cancel = this.clock.after(MAX_WAIT_MS, () => {
        // Once it has started, the wait for the lease and the deadline of its calls limit it.
        if (!isWaiting) return;
        isWaiting = false;
        reject(conflict());
      });
      result.finally(cancel).then(resolve, reject);
    });
  }

  async #underLock<T>(
    key: string,
    { waitUntil, isConditional }: { readonly waitUntil: number; readonly isConditional: boolean },
    work: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the lock is taken again only after it was lost
      const lease = await this.#acquireLease(key, waitUntil).catch((error: unknown) => {
        if (isConditional || !(error instanceof RedisUnavailable)) throw error;
        return undefined;
      });
      const confirm = async (): Promise<void> => {
        if (lease && !(await lease.isHeld())) throw new LockLost();
      };
      try {
        // oxlint-disable-next-line no-await-in-loop -- the work must end before the lock may be taken again
        return await work({ confirm });
      } catch (error) {
        if (!(error instanceof LockLost)) throw error;
        if (attempts >= MAX_ATTEMPTS) throw conflict();
      } finally {
        // oxlint-disable-next-line no-await-in-loop -- the next attempt yields to waiting replicas
        if (await lease?.release()) this.#yieldUntil.set(key, this.clock.now() + 2 * POLL_MS);
      }
    }
  }

  /** The lock among replicas; undefined without Redis. */
  async #acquireLease(key: string, waitUntil: number): Promise<Lease | undefined> {
    if (!this.leases) return undefined;
    const yieldUntil = this.#yieldUntil.get(key);
    this.#yieldUntil.delete(key);
    // For fairness, the last holder lets waiting replicas request the lock first.
    if (yieldUntil !== undefined) await sleep(this.clock, Math.max(0, yieldUntil - this.clock.now()));
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- repeated until the lock is free
      const lease = await this.leases.take(`lock:${key}`, { ttlMs: TTL_MS, strict: true, waits: true });
      if (!('found' in lease)) return lease;
      if (this.clock.now() > waitUntil) throw conflict();
      // oxlint-disable-next-line no-await-in-loop -- another replica has it: wait for it to be released
      await sleep(this.clock, POLL_MS * (0.5 + this.random()));
    }
  }
}
