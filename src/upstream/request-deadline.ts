import { type RequestContext, requestContext } from '../core/request-context.js';
import { LeanSignal, type Signal } from '../core/signal.js';
import { systemClock } from '../core/clock.js';
import type { DeadlineOptions } from './stages/deadline.stage.js';
import type { ReadRequest } from '../core/exchange.js';
import { UpstreamFault } from '../core/faults.js';

/**
 * Returns the signal that ends a read: its client disconnects, or all upstream calls of the request together take longer than
 * one call may. Undefined for a read outside a request. It does not apply to writes, which are carried out even if the
 * client disconnects.
 */
export function requestDeadline({ limitMs, aggregateLimitMs, clock = systemClock }: DeadlineOptions) {
  /** One deadline for the whole request. Its time starts with the first upstream call. */
  const deadlineOf = (context: RequestContext, disconnected: Signal, limit: number): Signal => {
    if (context.deadline) return context.deadline;
    const deadline = new LeanSignal();
    const cancel = clock.after(limit, () =>
      deadline.abort(new UpstreamFault('upstream.timeout', `the request was not answered within ${limit} ms`)),
    );
    disconnected.addEventListener('abort', () => {
      cancel();
      deadline.abort(disconnected.reason);
    });
    if (disconnected.aborted) deadline.abort(disconnected.reason);
    context.deadline = deadline;
    return deadline;
  };

  return ({ lane, streamed }: ReadRequest): Signal | undefined => {
    const context = requestContext();
    const disconnected = context?.disconnectSignal?.();
    if (!context || !disconnected || lane === 'background') return undefined;
    return streamed
      ? disconnected
      : deadlineOf(context, disconnected, lane === 'aggregate' ? aggregateLimitMs : limitMs);
  };
}
