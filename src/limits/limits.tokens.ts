/** Injects the `RateLimiter` of callers; undefined when there is no limit. */
export const CALLER_LIMIT = Symbol('CALLER_LIMIT');

/** Injects the `RateLimiter` of addresses that send invalid tokens; undefined when there is no limit. */
export const AUTH_FAILURE_LIMIT = Symbol('AUTH_FAILURE_LIMIT');
