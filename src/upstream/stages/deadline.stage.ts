import { type Clock, systemClock } from '../clock.js';
import type { Stage } from '../exchange.js';
import { laneOf } from '../lanes.js';
import { requirePositive } from '../positive.js';
import { within } from '../signals.js';
import { UpstreamFault } from '../upstream-fault.js';

export interface DeadlineOptions {
  /** For everything from the first attempt to the last, waiting included, in milliseconds. */
  readonly limitMs: number;
  /** The same for aggregates, which wait behind others. */
  readonly aggregateLimitMs: number;
  readonly clock?: Clock;
}

/** The clock of the whole call: it cuts attempts and waits alike, and tells the stages below when it will. */
export const deadline = ({ limitMs, aggregateLimitMs, clock = systemClock }: DeadlineOptions): Stage => {
  requirePositive('deadline', { limitMs, aggregateLimitMs });

  return (next) => (request) => {
    const limit = laneOf(request) === 'aggregate' ? aggregateLimitMs : limitMs;
    const late = () =>
      new UpstreamFault(
        'upstream.timeout',
        `${request.method} ${request.path.split('?')[0]} was not answered within ${limit} ms, with all attempts`,
      );
    return within({ clock, limitMs: limit, parent: request.signal, late }, (signal) =>
      next({ ...request, signal, endsAt: clock.now() + limit }),
    );
  };
};
