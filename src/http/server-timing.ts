import { requestContext } from '../context/request-context.js';

/** `Server-Timing`: what a request spent in all, and what waiting for Logto (calls side by side count each). */
export const timing = (totalMs: number, waitedMs: number, calls: number): string =>
  `total;dur=${totalMs.toFixed(1)}, upstream;dur=${waitedMs.toFixed(1)};desc="${calls} calls"`;

/** The same, for the request being served. */
export function serverTiming(): string | undefined {
  const context = requestContext();
  if (!context) return undefined;
  const asked = context.upstream.filter(({ source }) => source === 'upstream');
  const waitedMs = asked.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return timing(performance.now() - context.startedAt, waitedMs, asked.length);
}
