import { type Clock, systemClock } from '../../core/clock.js';
import type { Stage } from '../../core/exchange.js';
import { laneOf } from '../lanes/lanes.js';
import { requirePositive } from '../../core/positive.js';
import { withTimeout } from '../../core/cancellation.js';
import { UpstreamFault } from '../../core/faults.js';

export interface DeadlineOptions {
  /** For all attempts and waits together, in milliseconds. */
  readonly limitMs: number;
  /** The same for calls of aggregates, which have a lower priority. */
  readonly aggregateLimitMs: number;
  readonly clock?: Clock;
}

/** Bounds a whole call, attempts and waits alike, and passes its deadline on to the next stages. */
export const deadline = ({ limitMs, aggregateLimitMs, clock = systemClock }: DeadlineOptions): Stage => {
  requirePositive('deadline', { limitMs, aggregateLimitMs });

  return (next) => (request) => {
    const limit = laneOf(request) === 'aggregate' ? aggregateLimitMs : limitMs;
    const timeoutError = () =>
      new UpstreamFault(
        'upstream.timeout',
        `${request.method} ${request.path.split('?')[0]} was not answered within ${limit} ms, with all attempts`,
      );
    return withTimeout({ clock, limitMs: limit, parent: request.signal, timeoutError }, (signal) =>
      next({ ...request, signal, endsAt: clock.now() + limit }),
    );
  };
};
