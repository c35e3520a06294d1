/** Injects the `SharedRedis` of all replicas; undefined where there is no `REDIS_URL`. */
export const REDIS = Symbol('REDIS');
