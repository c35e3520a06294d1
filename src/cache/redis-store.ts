import type { SharedRedis } from '../redis/shared-redis.js';
import { decodeEntry, encodeEntry, type SharedEntry } from './entry-codec.js';

/** Larger replies are not stored in Redis: it runs one command at a time, so all replicas would wait for them. */
const MAX_BYTES = 1024 * 1024;

/** A Keyv store in the Redis that all replicas share. Its methods throw RedisUnavailable. */
export class RedisStore {
  constructor(private readonly redis: SharedRedis) {}

  async get(key: string): Promise<{ readonly value: SharedEntry } | undefined> {
    const bytes = await this.redis.run((client) => client.getBuffer(this.#redisKey(key)));
    const value = bytes && decodeEntry(bytes);
    return value ? { value } : undefined;
  }

  async set(key: string, { value }: { readonly value: SharedEntry }): Promise<void> {
    const ttlMs = Math.round(value.lifetime.freshMs + value.lifetime.staleMs);
    if (ttlMs < 1 || value.reply.payload.bytes.length > MAX_BYTES) return;
    await this.redis.run((client) => client.set(this.#redisKey(key), encodeEntry(value), 'PX', ttlMs));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.run((client) => client.del(this.#redisKey(key)))) > 0;
  }

  /** Does nothing: a record in the write log invalidates entries instead of deleting them. */
  clear(): void {}

  #redisKey(key: string): string {
    return this.redis.key('entry', key);
  }
}
