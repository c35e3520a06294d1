/** Injects the `RateLimiter` of callers; undefined where there is no limit. */
export const CALLER_LIMIT = Symbol('CALLER_LIMIT');

/** Injects the `RateLimiter` of addresses that send tokens which are not good; undefined where there is no limit. */
export const STRANGER_LIMIT = Symbol('STRANGER_LIMIT');
