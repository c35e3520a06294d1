import { Problem } from '../../http/problems/problem.js';
import type { Overload } from '../../process/overload.js';
import type { Layer } from './layer.js';

/** Operators always get an answer, because they need it most during an overload. */
const NEVER_SHED = /^\/(health\/|metrics$)/;

/** Refuses requests early while the event loop is late. */
export const shed =
  (overload: Pick<Overload, 'refuses'>): Layer =>
  (next) =>
  (visit) => {
    if (overload.refuses() && !NEVER_SHED.test(visit.path))
      throw new Problem('overloaded', 'The gateway is overloaded.', { headers: { 'Retry-After': '1' } });
    return next(visit);
  };
