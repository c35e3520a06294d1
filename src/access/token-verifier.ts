import { errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '../http/problem.js';
import { UpstreamFault } from '../upstream/upstream-fault.js';
import type { Caller } from './caller.js';
import { callerOf } from './claims.js';
import { unauthenticated } from './challenge.js';
import { KeySet } from './key-set.js';

export interface VerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Never `none`, never a shared secret. Logto signs ES384; older tenants sign RS256. */
const ALGORITHMS = ['ES384', 'ES256', 'RS256'];
const TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt']);
/** Clocks of issuer and gateway may differ by this much. */
const TOLERANCE_S = 5;
const MOST_REMEMBERED = 10_000;

/** So many of a signature's last characters tell tokens apart; a text that comes off the wire is hashed anew each time. */
const TAIL = 43;
const tailOf = (token: string): string => token.slice(-TAIL);

interface Verified {
  readonly token: string;
  readonly caller: Caller;
  readonly goodUntil: number;
}

/** Tells who a bearer token speaks for. A verified token is remembered, so only its first request pays for the signature. */
export class TokenVerifier {
  readonly #remembered = new LRUCache<string, Verified>({ max: MOST_REMEMBERED });
  readonly #keys: KeySet;
  readonly #now: () => number;

  constructor(private readonly options: VerifierOptions) {
    this.#now = options.now ?? Date.now;
    this.#keys = new KeySet(options.jwksUrl, this.#now);
  }

  /** Who a token speaks for that was found good before and still is. */
  recall(token: string): Caller | undefined {
    const known = this.#remembered.get(tailOf(token));
    return known?.token === token && this.#now() < known.goodUntil ? known.caller : undefined;
  }

  /** Throws a 401 Problem for a token that is not good, UpstreamFault when the issuer's keys cannot be had. */
  async verify(token: string): Promise<Caller> {
    const known = this.recall(token);
    if (known) return known;
    const claims = await this.#claims(token);
    const caller = callerOf(claims, this.options.audience);
    if (!caller) throw unauthenticated('The token is for another audience.');
    this.#remembered.set(tailOf(token), { token, caller, goodUntil: (claims.exp ?? 0) * 1000 });
    return caller;
  }

  /** Fetches the issuer's keys ahead of the first caller. */
  warmUp(): Promise<void> {
    return this.#keys.reload();
  }

  async #claims(token: string): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys.find, {
        issuer: this.options.issuer,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp', 'sub', 'aud'],
      });
      if (!TYPES.has((protectedHeader.typ ?? 'jwt').toLowerCase()))
        throw unauthenticated('The token is no access token.');
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

const CLAIM_REASONS: Record<string, string> = {
  iss: 'The token is from another issuer.',
  nbf: 'The token is not valid yet.',
};

/** Says what is wrong with a token without repeating anything of it. */
const refusalOf = (error: unknown): unknown => {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated(CLAIM_REASONS[error.claim] ?? 'A claim of the token is missing or wrong.');
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return unauthenticated('The token is not signed by the issuer.');
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return unauthenticated('The token is signed in a way that is not accepted.');
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return unauthenticated('The token is no JWT.');
  return new UpstreamFault('upstream.unavailable', `the keys of the issuer cannot be had: ${String(error)}`, {
    cause: error,
  });
};
