import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../redis/shared-redis.js';
import { EVERYTHING } from './fence.js';

/** A tag nobody asked about for so long is forgotten; it then gets a new number, so nothing of before counts again. */
const REMEMBERED_MS = 60 * 60 * 1000;

/**
 * The number of each tag, from one clock. Clock and generation are one key: should Redis lose it (a flush, an eviction, a
 * restart), a new generation begins, and no seal of an old one fits. KEYS: clock, tags…; ARGV: lifetime, generation.
 */
const SEAL = `
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then
  generation = ARGV[2]
  redis.call('HSET', KEYS[1], 'generation', generation)
end
local latest = 0
for i = 2, #KEYS do
  local epoch = redis.call('GET', KEYS[i])
  if not epoch then
    epoch = redis.call('HINCRBY', KEYS[1], 'time', 1)
    redis.call('SET', KEYS[i], epoch, 'PX', ARGV[1])
  end
  latest = math.max(latest, tonumber(epoch))
end
return generation .. ':' .. string.format('%d', latest)`;

/** Raises tags and tells everyone, in one step. ARGV: lifetime, generation, channel, message. Gives how many were told. */
const RAISE = `
redis.call('HSETNX', KEYS[1], 'generation', ARGV[2])
local now = redis.call('HINCRBY', KEYS[1], 'time', 1)
for i = 2, #KEYS do redis.call('SET', KEYS[i], now, 'PX', ARGV[1]) end
return redis.call('PUBLISH', ARGV[3], ARGV[4])`;

/** Begins a new generation, in which nothing that was stored counts. ARGV: generation, channel, message. */
const RENEW = `
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
return redis.call('PUBLISH', ARGV[2], ARGV[3])`;

/** Epochs all replicas agree on, kept in Redis. The braces keep them on one node of a cluster, where scripts need them. */
export class SharedEpochs {
  constructor(private readonly redis: SharedRedis) {}

  /** What an entry must have been stored under to count now. Throws RedisUnavailable. */
  seal(tags: readonly string[]): Promise<string> {
    const keys = this.#keys(tags);
    return this.redis.run(
      async (client) => (await client.eval(SEAL, keys.length, ...keys, REMEMBERED_MS, randomUUID())) as string,
    );
  }

  /** Makes everything under these tags untrue and publishes `message`; gives how many heard it. Throws RedisUnavailable. */
  raise(tags: readonly string[], channel: string, message: string): Promise<number> {
    return this.redis.run(async (client) => {
      if (tags.includes(EVERYTHING))
        return (await client.eval(RENEW, 1, this.#clock, randomUUID(), channel, message)) as number;
      const keys = this.#keys(tags);
      return (await client.eval(RAISE, keys.length, ...keys, REMEMBERED_MS, randomUUID(), channel, message)) as number;
    });
  }

  get #clock(): string {
    return this.redis.key('{epochs}', 'clock');
  }

  #keys(tags: readonly string[]): string[] {
    return [this.#clock, ...tags.map((tag) => this.redis.key('{epochs}', 'tag', tag))];
  }
}
