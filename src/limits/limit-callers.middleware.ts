import type { RequestHandler } from 'express';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { principalOf } from '../access/principal.js';
import type { RateLimiter } from './rate-limiter.js';
import { limitHeaders, tooMany } from './too-many.js';

/** Counts what a known caller asks, and says in every answer how much is left. Stands behind the authentication. */
export const limitCallers =
  (limiter: RateLimiter): RequestHandler =>
  (request, response, next) => {
    const allowance = limiter.take(principalOf((request as AuthenticatedRequest).caller));
    if (!allowance.allowed)
      throw tooMany(`This caller has asked too much; there is more in ${allowance.retryAfterS} s.`, allowance);
    response.set(limitHeaders(allowance));
    next();
  };
