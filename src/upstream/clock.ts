import { withoutRequestContext } from '../context/request-context.js';
import type { Signal } from '../context/signal.js';

/** Time as the stages see it; tests bring one of their own. */
export interface Clock {
  /** Milliseconds that only grow: not the time of day. */
  now(): number;
  /** Does `action` once, `ms` from now. Gives back how to call it off. */
  after(ms: number, action: () => void): () => void;
}

interface Due {
  readonly at: number;
  action: (() => void) | undefined;
}

/** By how long it takes: what began first is due first. */
const waiting = new Map<number, Set<Due>>();

/** Begun for one request, it rings for many. */
const ringIn = (leftMs: number, ms: number, queue: Set<Due>): void =>
  withoutRequestContext(() => void setTimeout(ring, Math.ceil(leftMs), ms, queue).unref());

const ring = (ms: number, queue: Set<Due>): void => {
  for (const due of queue) {
    const leftMs = due.at - performance.now();
    if (leftMs > 0) {
      ringIn(leftMs, ms, queue);
      return;
    }
    queue.delete(due);
    due.action?.();
  }
  waiting.delete(ms);
};

/** One timer for all that takes equally long: nearly everything is called off before it is due, and few lengths occur. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const due: Due = { at: performance.now() + ms, action };
    let queue = waiting.get(ms);
    if (!queue) {
      queue = new Set();
      waiting.set(ms, queue);
      ringIn(ms, ms, queue);
    }
    const among = queue.add(due);
    return () => {
      among.delete(due);
      // A Set that grows leaves tables behind which hold on to what was in them until the whole heap is collected.
      due.action = undefined;
    };
  },
};

/** Waits `ms`, or until `signal` fires: then it throws the signal's reason. */
export const sleep = (clock: Clock, ms: number, signal?: Signal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      callOff();
      reject(signal?.reason as Error);
    };
    const callOff = clock.after(ms, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave);
  });
