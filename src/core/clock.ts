import { withoutRequestContext } from './request-context.js';
import type { Signal } from './signal.js';

/** The source of time, replaced in tests. */
export interface Clock {
  /** Monotonic milliseconds, not the time of day. */
  now(): number;
  /** Runs `action` once, `ms` from now. Returns a function that cancels it. */
  after(ms: number, action: () => void): () => void;
}

interface Timer {
  readonly dueAt: number;
  action: (() => void) | undefined;
}

/** Pending timers by delay. Equal delays expire in the order in which they were started. */
const queues = new Map<number, Set<Timer>>();

/** The timeout serves many requests, so it must not run in the context of the one that started it. */
const arm = (leftMs: number, delayMs: number, queue: Set<Timer>): void =>
  withoutRequestContext(() => void setTimeout(expire, Math.ceil(leftMs), delayMs, queue).unref());

const expire = (delayMs: number, queue: Set<Timer>): void => {
  for (const timer of queue) {
    const leftMs = timer.dueAt - performance.now();
    if (leftMs > 0) {
      arm(leftMs, delayMs, queue);
      return;
    }
    queue.delete(timer);
    timer.action?.();
  }
  queues.delete(delayMs);
};

/** Keeps one Node timer per delay: few delays occur, and nearly every timer is cancelled before it expires. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer: Timer = { dueAt: performance.now() + ms, action };
    let pending = queues.get(ms);
    if (!pending) {
      pending = new Set();
      queues.set(ms, pending);
      arm(ms, ms, pending);
    }
    const queue = pending.add(timer);
    return () => {
      queue.delete(timer);
      // A growing Set leaves old tables behind, which retain deleted elements until the next full collection.
      timer.action = undefined;
    };
  },
};

/** Waits `ms`. Throws the reason of `signal` when that fires first. */
export const sleep = (clock: Clock, ms: number, signal?: Signal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
