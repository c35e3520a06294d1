import { LeanSignal, type Signal } from '../context/signal.js';
import type { Clock } from './clock.js';
import { whenOver } from './when-over.js';

/** The result of `work`, unless `signal` fires first: then its reason is thrown. The work itself goes on. */
export function unless<T>(signal: Signal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    whenOver(work, () => signal.removeEventListener('abort', leave)).then(resolve, reject);
  });
}

interface Limit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Fires it too. */
  readonly parent: Signal | undefined;
  /** Why it fires when the time is over. */
  readonly late: () => Error;
}

/** Does `work` with a signal that fires when its time is over or `parent` fires. Honouring the signal is the work's part. */
export function within<T>({ clock, limitMs, parent, late }: Limit, work: (signal: Signal) => Promise<T>): Promise<T> {
  const signal = new LeanSignal();
  const follow = (): void => signal.abort(parent?.reason);
  const callOff = clock.after(limitMs, () => signal.abort(late()));
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow);
  return whenOver(work(signal), () => {
    callOff();
    parent?.removeEventListener('abort', follow);
  });
}
