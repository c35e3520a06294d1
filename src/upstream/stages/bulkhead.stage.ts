import type { Bulkhead } from '../bulkhead.js';
import type { Stage } from '../exchange.js';

/** Lets no more calls through than Logto can use, and no more wait than can be served. */
export const bulkhead =
  (room: Bulkhead): Stage =>
  (next) =>
  (request) =>
    room.run(request, () => next(request));
