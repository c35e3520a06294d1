import type { Bulkhead } from './bulkhead.js';
import type { Stage } from '../../core/exchange.js';

/** Limits how many calls to Logto run at once and how many wait. */
export const bulkhead =
  (limit: Bulkhead): Stage =>
  (next) =>
  (request) =>
    limit.run(request, () => next(request));
