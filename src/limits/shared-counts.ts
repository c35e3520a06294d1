import { createHash } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Rate } from '../config/rate.js';
import type { RedisClient } from '../redis/connect.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import type { Window } from './rate-limiter.js';

/** How long a replica keeps what it counted to itself. */
const EVERY_MS = 100;
/** Keys told of at once: more could take longer than a command may. The others follow. */
const BATCH = 500;

/** In Redis no key tells who it is about. */
const keyOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 22);

/**
 * Adds up what all replicas counted, behind the requests: none of them waits for Redis. While Redis is away each replica
 * goes on with its own count, and adds it when Redis is back.
 */
export class SharedCounts {
  readonly #waiting = new Map<string, Window>();
  #timer: NodeJS.Timeout | undefined;
  #limiter: RateLimiterRedis | undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly redis: SharedRedis,
    private readonly rate: Rate,
    private readonly now: () => number = Date.now,
  ) {}

  /** Something was taken of this window; the sum follows soon. */
  readonly note = (key: string, window: Window): void => {
    this.#waiting.set(key, window);
    this.#schedule();
  };

  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => void this.#settle(), EVERY_MS).unref();
  }

  /** Tells Redis what was taken, and learns what all replicas have taken together. */
  async #settle(): Promise<void> {
    for (const [key, { endsAt }] of this.#waiting) if (endsAt <= this.now()) this.#waiting.delete(key);
    const batch = [...this.#waiting].slice(0, BATCH);
    try {
      await this.redis.run((client) => Promise.all(batch.map(([key, window]) => this.#tell(client, key, window))));
    } catch {
      // Redis is away, and says so itself. What was not told is told after the next request.
      this.#timer = undefined;
      return;
    }
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.#schedule();
  }

  async #tell(client: RedisClient, key: string, window: Window): Promise<void> {
    this.#limiter ??= new RateLimiterRedis({
      storeClient: client,
      keyPrefix: this.redis.key('rate'),
      points: this.rate.count,
      duration: this.rate.windowMs / 1000,
    });
    const told = window.untold;
    const sum = await this.#limiter.penalty(keyOf(key), told);
    window.untold -= told;
    window.used = sum.consumedPoints + window.untold;
    window.endsAt = this.now() + sum.msBeforeNext;
    if (window.untold === 0 && this.#waiting.get(key) === window) this.#waiting.delete(key);
  }
}
