import type { SharedRedis } from '../redis/shared-redis.js';
import { decodeEntry, encodeEntry, type SharedEntry } from './entry-codec.js';

/** An entry and how long ago Logto said so. */
export interface AgedEntry extends SharedEntry {
  readonly ageMs: number;
}

interface Held<T> {
  readonly value: T;
}

/** A Keyv store in the Redis of all replicas. Ages are counted by Redis' own clock: those of replicas may differ. */
export class RedisStore {
  constructor(private readonly redis: SharedRedis) {}

  /** Throws RedisUnavailable. */
  async get(key: string): Promise<Held<AgedEntry> | undefined> {
    const address = this.#address(key);
    const [bytes, leftMs] = await this.redis.run((client) =>
      Promise.all([client.getBuffer(address), client.pttl(address)]),
    );
    const entry = bytes && decodeEntry(bytes);
    if (!entry || leftMs < 0) return undefined;
    const { freshMs, staleMs } = entry.lifetime;
    return { value: { ...entry, ageMs: Math.max(0, freshMs + staleMs - leftMs) } };
  }

  /** Throws RedisUnavailable. */
  async set(key: string, { value }: Held<SharedEntry>): Promise<void> {
    const lifeMs = Math.round(value.lifetime.freshMs + value.lifetime.staleMs);
    if (lifeMs < 1) return;
    await this.redis.run((client) => client.set(this.#address(key), encodeEntry(value), 'PX', lifeMs));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.run((client) => client.del(this.#address(key)))) > 0;
  }

  /** What is stored counts no more once its epochs are raised, which is how everything is forgotten; see Fence. */
  clear(): void {}

  #address(key: string): string {
    return this.redis.key('entry', key);
  }
}
