/** Injects the `SharedRedis` of all replicas; undefined where there is no `REDIS_URL`. */
export const REDIS = Symbol('REDIS');

/** Injects the `Leases` of all replicas; undefined where there is no `REDIS_URL`. */
export const LEASES = Symbol('LEASES');
