import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../access/caller.js';
import { unauthenticated } from '../../access/challenge.js';
import type { TokenVerifier } from '../../access/token-verifier.js';
import { Problem } from '../../http/problems/problem.js';
import { addressGroup } from '../../limits/address-group.js';
import type { RateLimiter } from '../../limits/rate-limiter.js';
import { tooMany } from '../../limits/too-many.js';
import { isBelow } from '../visit/request-target.js';
import type { Handler, Layer } from './layer.js';
import type { Visit } from '../visit/visit.js';

export interface AuthenticateOptions {
  readonly verifier: Pick<TokenVerifier, 'recall' | 'verify'>;
  /** Limits the invalid tokens of an address; undefined means no limit. */
  readonly failures: RateLimiter | undefined;
  /** The client's address; trusted proxies may report it. */
  readonly addressOf: (request: IncomingMessage) => string;
}

/** Below these paths nothing is routed or parsed without a valid token. */
const GUARDED = ['/api', '/internal'];

/** Identifies the caller. */
export const authenticate =
  (options: AuthenticateOptions): Layer =>
  (next) =>
  (visit) => {
    if (!GUARDED.some((prefix) => isBelow(visit.path, prefix))) return next(visit);
    const token = bearerOf(visit.request.headers.authorization);
    visit.caller = options.verifier.recall(token);
    return visit.caller ? next(visit) : verifyFirst(options, token, visit, next);
  };

const verifyFirst = async (options: AuthenticateOptions, token: string, visit: Visit, next: Handler): Promise<void> => {
  visit.caller = await verify(options, token, visit.request);
  await next(visit);
};

const bearerOf = (header: string | undefined): string => {
  if (header === undefined)
    throw unauthenticated('Send an access token: Authorization: Bearer <token>.', 'auth.authorization_header_missing');
  const at = header.indexOf(' ');
  // The scheme is case-insensitive (RFC 9110, 11.1).
  const scheme = (at < 0 ? header : header.slice(0, at)).toLowerCase();
  if (scheme !== 'bearer')
    throw unauthenticated('Only bearer tokens are accepted.', 'auth.authorization_token_type_not_supported');
  const token = at < 0 ? '' : header.slice(at + 1).trim();
  if (!token) throw unauthenticated('The Authorization header holds no token.');
  return token;
};

/** Verifying a signature takes a good part of a millisecond, so an address that sends too many invalid ones has to wait. */
async function verify(
  { verifier, failures, addressOf }: AuthenticateOptions,
  token: string,
  request: IncomingMessage,
): Promise<Caller> {
  if (!failures) return verifier.verify(token);
  const address = addressGroup(addressOf(request));
  const left = failures.peek(address);
  if (!left.allowed) throw tooMany('Too many invalid tokens came from this address.', left, 'auth.too_many_failures');
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof Problem) failures.take(address);
    throw error;
  }
}
