import { Problem } from '../http/problem.js';
import type { Allowance } from './rate-limiter.js';

/** The headers of draft-ietf-httpapi-ratelimit-headers, as every answer to a known caller carries them. */
export const limitHeaders = ({ policy, state }: Allowance): Readonly<Record<string, string>> => ({
  'RateLimit-Policy': policy,
  RateLimit: state,
});

/** 429 that says how long to wait. */
export const tooMany = (detail: string, allowance: Allowance, code?: string): Problem =>
  new Problem('too-many-requests', detail, {
    ...(code !== undefined && { code }),
    headers: { ...limitHeaders(allowance), 'Retry-After': String(allowance.retryAfterS) },
  });
