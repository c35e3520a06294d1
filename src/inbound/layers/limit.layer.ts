import { principalOf } from '../../access/principal.js';
import type { RateLimiter } from '../../limits/rate-limiter.js';
import { limitLines, tooMany } from '../../limits/too-many.js';
import { isBelow } from '../visit/request-target.js';
import type { Layer } from './layer.js';

/** Counts the requests of a caller, and adds the remaining quota to every answer. */
export const limit =
  (limiter: RateLimiter): Layer =>
  (next) =>
  (visit) => {
    const { caller, path } = visit;
    if (!caller || !isBelow(path, '/api')) return next(visit);
    const result = limiter.take(principalOf(caller));
    if (!result.allowed)
      throw tooMany(`This caller has used up its quota; a new one begins in ${result.retryAfterS} s.`, result);
    visit.addLines(limitLines(result));
    return next(visit);
  };
