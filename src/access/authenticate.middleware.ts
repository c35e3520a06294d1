import type { Request, RequestHandler } from 'express';
import { Problem } from '../http/problem.js';
import { addressGroup } from '../limits/address-group.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { tooMany } from '../limits/too-many.js';
import type { Caller } from './caller.js';
import type { AccessRule } from './permissions.js';
import { unauthenticated } from './challenge.js';
import type { TokenVerifier } from './token-verifier.js';

/** A request whose token was found good. */
export interface AuthenticatedRequest extends Request {
  caller: Caller;
  /** Who may ask this, once the route is known. */
  rule?: AccessRule;
}

const bearerOf = (header: string | undefined): string => {
  if (header === undefined)
    throw unauthenticated('Send an access token: Authorization: Bearer <token>.', 'auth.authorization_header_missing');
  // The scheme is case-insensitive (RFC 9110, 11.1).
  const [, scheme = '', token = ''] = /^(\S+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() !== 'bearer')
    throw unauthenticated('Only bearer tokens are accepted.', 'auth.authorization_token_type_not_supported');
  if (!token) throw unauthenticated('The Authorization header holds no token.');
  return token;
};

/** A signature costs a good part of a millisecond: who sends too many bad ones has to wait, those known go on. */
async function admit(verifier: TokenVerifier, limiter: RateLimiter, token: string, address: string): Promise<Caller> {
  const holder = addressGroup(address);
  const allowance = limiter.look(holder);
  if (!allowance.allowed)
    throw tooMany('Too many tokens that are not good came from this address.', allowance, 'auth.too_many_failures');
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof Problem) limiter.take(holder);
    throw error;
  }
}

/**
 * Nothing below the path this guards is reached, parsed or even looked up without a good token.
 * @param strangers how many bad tokens an address may send; no limit without it
 */
export const authenticate =
  (verifier: TokenVerifier, strangers?: RateLimiter): RequestHandler =>
  async (request, _response, next) => {
    const token = bearerOf(request.headers.authorization);
    (request as AuthenticatedRequest).caller =
      verifier.recall(token) ??
      (await (strangers ? admit(verifier, strangers, token, request.ip ?? '') : verifier.verify(token)));
    next();
  };
