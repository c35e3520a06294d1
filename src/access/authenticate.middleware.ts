import type { Request, RequestHandler } from 'express';
import type { Caller } from './caller.js';
import { unauthenticated } from './challenge.js';
import type { TokenVerifier } from './token-verifier.js';

/** A request whose token was found good. */
export interface AuthenticatedRequest extends Request {
  caller: Caller;
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

/** Nothing below the path this guards is reached, parsed or even looked up without a good token. */
export const authenticate =
  (verifier: TokenVerifier): RequestHandler =>
  async (request, _response, next) => {
    (request as AuthenticatedRequest).caller = await verifier.verify(bearerOf(request.headers.authorization));
    next();
  };
