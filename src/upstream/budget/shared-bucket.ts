import type { Rate } from '../../config/rate.js';
import { RedisUnavailable, type SharedRedis } from '../../redis/shared-redis.js';
import type { Lane } from '../lanes.js';
import { type Bucket, type BucketSize, bucketSize } from './bucket.js';
import { MemoryBucket } from './memory-bucket.js';

/** Counts what came back since, then takes one or says how long it takes; all in one step, on Redis' own clock. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local capacity, perMs, needs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'countedAt', 'pausedUntil')
local tokens = math.min(capacity, (tonumber(kept[1]) or capacity) + math.max(0, now - (tonumber(kept[2]) or now)) * perMs)
local wait = math.max(0, (tonumber(kept[3]) or 0) - now)
if wait == 0 and tokens < needs then wait = math.ceil((needs - tokens) / perMs) end
if wait == 0 then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'countedAt', now)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return wait`;

const PAUSE = `
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
if till > (tonumber(redis.call('HGET', KEYS[1], 'pausedUntil')) or 0) then redis.call('HSET', KEYS[1], 'pausedUntil', till) end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]) + tonumber(ARGV[2]))`;

/** While Redis is away nobody knows how many replicas there are: each is content with half. */
const SHARE_ALONE = 0.5;

/** A bucket that all replicas take from, and a smaller one of their own while Redis is away. */
export class SharedBucket implements Bucket {
  readonly #size: BucketSize;
  readonly #alone: MemoryBucket;
  readonly #key: string;

  constructor(
    private readonly quota: Rate,
    private readonly redis: SharedRedis,
  ) {
    this.#size = bucketSize(quota);
    this.#alone = new MemoryBucket(quota, SHARE_ALONE);
    this.#key = redis.key('budget');
  }

  take(lane: Lane): Promise<number> {
    const { capacity, perMs } = this.#size;
    const args = [capacity, perMs, this.#size.needs(lane), this.#keepMs].map(String);
    return this.#orAlone(
      () => this.redis.run((client) => client.eval(TAKE, 1, this.#key, ...args) as Promise<number>),
      () => this.#alone.take(lane),
    );
  }

  /** The bucket of its own is paused too: Redis may be away the next moment, Logto's patience all the same. */
  async pause(ms: number): Promise<void> {
    await this.#alone.pause(ms);
    await this.#orAlone(
      () =>
        this.redis.run(async (client) => {
          await client.eval(PAUSE, 1, this.#key, String(Math.ceil(ms)), String(this.#keepMs));
        }),
      () => Promise.resolve(),
    );
  }

  /** Forgotten when it must be full again. */
  get #keepMs(): number {
    return 2 * this.quota.windowMs;
  }

  async #orAlone<T>(shared: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    try {
      return await shared();
    } catch (error) {
      if (error instanceof RedisUnavailable) return alone();
      throw error;
    }
  }
}
