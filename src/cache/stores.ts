import { Keyv } from 'keyv';
import type { SharedRedis } from '../redis/shared-redis.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';

/** Passes entries to the store unserialized: each store has its own format. */
const keyvOver = (store: MemoryStore | RedisStore): Keyv => {
  const keyv = new Keyv({ store, useKeyPrefix: false, throwOnErrors: true });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
};

/** The stores of Nest's cache: the memory of this process first, then Redis, if there is one. */
export const stores = (maxBytes: number, redis: SharedRedis | undefined): Keyv[] => [
  keyvOver(new MemoryStore(maxBytes)),
  ...(redis && maxBytes > 0 ? [keyvOver(new RedisStore(redis))] : []),
];
