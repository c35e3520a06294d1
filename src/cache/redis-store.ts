import type { SharedRedis } from '../redis/shared-redis.js';
import { decodeEntry, encodeEntry, type SharedEntry } from './entry-codec.js';

/** Larger answers are not kept in Redis: it serves one command at a time, and everybody would wait for them. */
const MOST_BYTES = 1024 * 1024;

/** A Keyv store in the Redis of all replicas. Its methods throw RedisUnavailable. */
export class RedisStore {
  constructor(private readonly redis: SharedRedis) {}

  async get(key: string): Promise<{ readonly value: SharedEntry } | undefined> {
    const bytes = await this.redis.run((client) => client.getBuffer(this.#address(key)));
    const value = bytes && decodeEntry(bytes);
    return value ? { value } : undefined;
  }

  async set(key: string, { value }: { readonly value: SharedEntry }): Promise<void> {
    const lifeMs = Math.round(value.lifetime.freshMs + value.lifetime.staleMs);
    if (lifeMs < 1 || value.reply.payload.bytes.length > MOST_BYTES) return;
    await this.redis.run((client) => client.set(this.#address(key), encodeEntry(value), 'PX', lifeMs));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.run((client) => client.del(this.#address(key)))) > 0;
  }

  /** What is stored counts no more once the write log says so, which is how everything is forgotten. */
  clear(): void {}

  #address(key: string): string {
    return this.redis.key('entry', key);
  }
}
