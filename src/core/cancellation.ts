import { LeanSignal, type Signal } from './signal.js';
import type { Clock } from './clock.js';
import { onSettled } from './on-settled.js';

/** Resolves with `work`, or rejects with the reason of `signal` when that fires first. The work itself goes on. */
export function abortable<T>(signal: Signal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    onSettled(work, () => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}

interface TimeoutOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly parent: Signal | undefined;
  readonly timeoutError: () => Error;
}

/** Runs `work` with a signal that fires after `limitMs` or with `parent`. The work itself must heed the signal. */
export function withTimeout<T>(
  { clock, limitMs, parent, timeoutError }: TimeoutOptions,
  work: (signal: Signal) => Promise<T>,
): Promise<T> {
  const signal = new LeanSignal();
  const onParentAbort = (): void => signal.abort(parent?.reason);
  const cancelTimer = clock.after(limitMs, () => signal.abort(timeoutError()));
  if (parent?.aborted) onParentAbort();
  else parent?.addEventListener('abort', onParentAbort);
  return onSettled(work(signal), () => {
    cancelTimer();
    parent?.removeEventListener('abort', onParentAbort);
  });
}
