import { type Clock, systemClock } from '../clock.js';
import type { Stage } from '../exchange.js';
import { requirePositive } from '../positive.js';
import { within } from '../signals.js';
import { UpstreamFault } from '../upstream-fault.js';

/** Ends one attempt that takes longer than `limitMs`. */
export const timeout = (limitMs: number, clock: Clock = systemClock): Stage => {
  requirePositive('timeout', { limitMs });

  return (next) => (request) => {
    const late = () =>
      new UpstreamFault(
        'upstream.timeout',
        `${request.method} ${request.path.split('?')[0]} was not answered within ${limitMs} ms`,
        { wrote: request.method !== 'GET' },
      );
    return within({ clock, limitMs, parent: request.signal, late }, (signal) => next({ ...request, signal }));
  };
};
