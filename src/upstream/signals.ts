import type { Clock } from './clock.js';

/** The result of `work`, unless `signal` fires first: then its reason is thrown. The work itself goes on. */
export function unless<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

interface Limit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Fires it too. */
  readonly parent: AbortSignal | undefined;
  /** Why it fires when the time is over. */
  readonly late: () => Error;
}

/** Does `work` with a signal that fires when its time is over or `parent` fires. Honouring the signal is the work's part. */
export async function within<T>(
  { clock, limitMs, parent, late }: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent?.reason);
  const callOff = clock.after(limitMs, () => controller.abort(late()));
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    callOff();
    parent?.removeEventListener('abort', follow);
  }
}
