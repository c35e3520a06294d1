import { createHash } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Rate } from '../config/kinds/rates.js';
import type { RedisClient } from '../redis/connect.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import type { RateWindow } from './rate-limiter.js';

/** How often counts are reported to Redis. */
const FLUSH_MS = 100;
/** How many keys are reported at once. More could take longer than the time limit of a command. */
const BATCH_SIZE = 500;

/** Hashed, so that keys in Redis do not identify callers. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 22);

/**
 * Sums the counts of all replicas in the background: no request waits for Redis. While Redis is down each replica counts alone,
 * and reports its count afterwards.
 */
export class SharedCounts {
  readonly #unreported = new Map<string, RateWindow>();
  #timer: NodeJS.Timeout | undefined;
  #limiter: RateLimiterRedis | undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly redis: SharedRedis,
    private readonly rate: Rate,
    private readonly now: () => number = Date.now,
  ) {}

  /** Schedules a report of this window, which then gets the sum of all replicas. */
  readonly record = (key: string, window: RateWindow): void => {
    this.#unreported.set(key, window);
    this.#schedule();
  };

  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => void this.#flush(), FLUSH_MS).unref();
  }

  async #flush(): Promise<void> {
    for (const [key, { endsAt }] of this.#unreported) if (endsAt <= this.now()) this.#unreported.delete(key);
    const batch = [...this.#unreported].slice(0, BATCH_SIZE);
    try {
      await this.redis.run((client) => Promise.all(batch.map(([key, window]) => this.#report(client, key, window))));
    } catch {
      // SharedRedis logs the outage. The next request schedules another report.
      this.#timer = undefined;
      return;
    }
    this.#timer = undefined;
    if (this.#unreported.size > 0) this.#schedule();
  }

  /** Adds the unreported count to the sum in Redis, and adopts the sum and the end of the window. */
  async #report(client: RedisClient, key: string, window: RateWindow): Promise<void> {
    this.#limiter ??= new RateLimiterRedis({
      storeClient: client,
      keyPrefix: this.redis.key('rate'),
      points: this.rate.count,
      duration: this.rate.windowMs / 1000,
    });
    const reported = window.unreported;
    const sum = await this.#limiter.penalty(hashOf(key), reported);
    window.unreported -= reported;
    window.used = sum.consumedPoints + window.unreported;
    window.endsAt = this.now() + sum.msBeforeNext;
    if (window.unreported === 0 && this.#unreported.get(key) === window) this.#unreported.delete(key);
  }
}
