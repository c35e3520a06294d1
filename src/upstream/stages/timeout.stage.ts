import { type Clock, systemClock } from '../../core/clock.js';
import type { Stage } from '../../core/exchange.js';
import { requirePositive } from '../../core/positive.js';
import { withTimeout } from '../../core/cancellation.js';
import { UpstreamFault } from '../../core/faults.js';

/** Aborts one attempt after `limitMs`. */
export const timeout = (limitMs: number, clock: Clock = systemClock): Stage => {
  requirePositive('timeout', { limitMs });

  return (next) => (request) => {
    const timeoutError = () =>
      new UpstreamFault(
        'upstream.timeout',
        `${request.method} ${request.path.split('?')[0]} was not answered within ${limitMs} ms`,
        { wrote: request.method !== 'GET' },
      );
    return withTimeout({ clock, limitMs, parent: request.signal, timeoutError }, (signal) =>
      next({ ...request, signal }),
    );
  };
};
