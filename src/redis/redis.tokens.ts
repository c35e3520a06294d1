/** Injects the `SharedRedis`; undefined without `REDIS_URL`. */
export const REDIS = Symbol('REDIS');

/** Injects the `Leases`; undefined without `REDIS_URL`. */
export const LEASES = Symbol('LEASES');
