import { Keyv } from 'keyv';
import type { SharedRedis } from '../redis/shared-redis.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';

/** Entries go to their stores as they are: what a store writes is its own affair. */
const keyvOver = (store: MemoryStore | RedisStore): Keyv => {
  const keyv = new Keyv({ store, useKeyPrefix: false, throwOnErrors: true });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
};

/** The stores of Nest's cache: this process's memory first, then the Redis of all replicas, where there is one. */
export const stores = (maxBytes: number, redis: SharedRedis | undefined): Keyv[] => [
  keyvOver(new MemoryStore(maxBytes)),
  ...(redis && maxBytes > 0 ? [keyvOver(new RedisStore(redis))] : []),
];
