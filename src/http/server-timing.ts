import { requestContext } from '../context/request-context.js';

/** Milliseconds to a tenth. What `toFixed` says, for a third of the time. */
const tenths = (ms: number): string => {
  const rounded = Math.round(ms * 10);
  return `${Math.floor(rounded / 10)}.${rounded % 10}`;
};

/** `Server-Timing`: what a request spent in all, and what waiting for Logto (calls side by side count each). */
export const timing = (totalMs: number, waitedMs: number, calls: number): string =>
  `total;dur=${tenths(totalMs)}, upstream;dur=${tenths(waitedMs)};desc="${calls} calls"`;

/** The same, for the request being served. */
export function serverTiming(): string | undefined {
  const context = requestContext();
  if (!context) return undefined;
  const asked = context.upstream.filter(({ source }) => source === 'upstream');
  const waitedMs = asked.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return timing(performance.now() - context.startedAt, waitedMs, asked.length);
}
