import { requestContext } from '../context/request-context.js';

/** `Server-Timing`: what this request spent in all, and what waiting for Logto (calls side by side count each). */
export function serverTiming(): string | undefined {
  const context = requestContext();
  if (!context) return undefined;
  const asked = context.upstream.filter(({ source }) => source === 'upstream');
  const waited = asked.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const total = performance.now() - context.startedAt;
  return `total;dur=${total.toFixed(1)}, upstream;dur=${waited.toFixed(1)};desc="${asked.length} calls"`;
}
