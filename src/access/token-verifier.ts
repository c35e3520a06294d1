import { errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '../http/problems/problem.js';
import { UpstreamFault } from '../core/faults.js';
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
/** How much the clocks of issuer and gateway may differ. */
const CLOCK_TOLERANCE_S = 5;
const MAX_CACHED = 10_000;

/** The last characters of the signature are the cache key: a Map hashes each incoming string anew, and a short one is faster. */
const TAIL_LENGTH = 43;
const tailOf = (token: string): string => token.slice(-TAIL_LENGTH);

interface Verified {
  readonly token: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Identifies the caller of a bearer token. Verified tokens are cached, because verifying a signature is expensive. */
export class TokenVerifier {
  readonly #cache = new LRUCache<string, Verified>({ max: MAX_CACHED });
  readonly #keys: KeySet;
  readonly #now: () => number;

  constructor(private readonly options: VerifierOptions) {
    this.#now = options.now ?? Date.now;
    this.#keys = new KeySet(options.jwksUrl, this.#now);
  }

  /** The caller of a token that was verified before and has not expired. */
  recall(token: string): Caller | undefined {
    const known = this.#cache.get(tailOf(token));
    return known?.token === token && this.#now() < known.expiresAt ? known.caller : undefined;
  }

  /** Throws a 401 Problem for an invalid token, and UpstreamFault when the issuer's keys are not available. */
  async verify(token: string): Promise<Caller> {
    const known = this.recall(token);
    if (known) return known;
    const claims = await this.#claims(token);
    const caller = callerOf(claims, this.options.audience);
    if (!caller) throw unauthenticated('The token is for another audience.');
    this.#cache.set(tailOf(token), { token, caller, expiresAt: (claims.exp ?? 0) * 1000 });
    return caller;
  }

  /** Fetches the issuer's keys before the first request. */
  warmUp(): Promise<void> {
    return this.#keys.reload();
  }

  async #claims(token: string): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys.find, {
        issuer: this.options.issuer,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp', 'sub', 'aud'],
      });
      if (!TYPES.has((protectedHeader.typ ?? 'jwt').toLowerCase()))
        throw unauthenticated('The token is not an access token.');
      return payload;
    } catch (error) {
      throw translated(error);
    }
  }
}

const CLAIM_REASONS: Record<string, string> = {
  iss: 'The token is from another issuer.',
  nbf: 'The token is not valid yet.',
};

/** The Problem or UpstreamFault for an error of jose. It repeats nothing of the token. */
const translated = (error: unknown): unknown => {
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
    return unauthenticated('The token is not a JWT.');
  return new UpstreamFault('upstream.unavailable', `cannot fetch the issuer's keys: ${String(error)}`, {
    cause: error,
  });
};
