import { headersOf } from '../http/answers/headers.js';
import { Problem } from '../http/problems/problem.js';
import type { RateLimitResult } from './rate-limiter.js';

/** The headers of draft-ietf-httpapi-ratelimit-headers, which every answer to an authenticated caller has, as lines of a head. */
export const limitLines = ({ policy, state }: RateLimitResult): string =>
  `RateLimit-Policy: ${policy}\r\nRateLimit: ${state}\r\n`;

/** A 429 with `Retry-After`. */
export const tooMany = (detail: string, result: RateLimitResult, code?: string): Problem =>
  new Problem('too-many-requests', detail, {
    ...(code !== undefined && { code }),
    headers: { ...Object.fromEntries(headersOf(limitLines(result))), 'Retry-After': String(result.retryAfterS) },
  });
