import { LRUCache } from 'lru-cache';
import type { Rate } from '../config/kinds/rates.js';

/** The current time window of one key. */
export interface RateWindow {
  /** Requests counted in it, those of other replicas included. */
  used: number;
  /** The part of them that was not reported to Redis yet. */
  unreported: number;
  /** In milliseconds since the epoch. */
  endsAt: number;
}

export interface RateLimitResult {
  readonly allowed: boolean;
  /** Value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policy: string;
  /** Value of `RateLimit`. */
  readonly state: string;
  /** Seconds until the window ends: the value of `Retry-After` when the quota is used up. */
  readonly retryAfterS: number;
}

export interface RateLimiterOptions {
  /** Names the policy in the headers. */
  readonly name: string;
  readonly rate: Rate;
  /** Called for each allowed request, so that it can be reported to Redis. */
  readonly onTake?: (key: string, window: RateWindow) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A key that is evicted starts a new window. */
const MAX_KEYS = 50_000;

/**
 * Counts requests in process memory, in windows that start with the first request of a key. It is synchronous, so that it adds
 * little to responses that take microseconds.
 */
export class RateLimiter {
  readonly policy: string;
  readonly #windows = new LRUCache<string, RateWindow>({ max: MAX_KEYS });
  readonly #now: () => number;

  constructor(private readonly options: RateLimiterOptions) {
    const { count, windowMs } = options.rate;
    this.policy = `"${options.name}";q=${count};w=${Math.ceil(windowMs / 1000)}`;
    this.#now = options.now ?? Date.now;
  }

  /** Counts a request, unless the quota is used up. */
  take(key: string): RateLimitResult {
    const now = this.#now();
    const window = this.#windowOf(key, now);
    const allowed = window.used < this.options.rate.count;
    if (allowed) {
      window.used += 1;
      window.unreported += 1;
      this.options.onTake?.(key, window);
    }
    return this.#resultOf(allowed, window, now);
  }

  /** Returns what `take` would, without counting. */
  peek(key: string): RateLimitResult {
    const now = this.#now();
    const window = this.#windowOf(key, now);
    return this.#resultOf(window.used < this.options.rate.count, window, now);
  }

  #windowOf(key: string, now: number): RateWindow {
    const current = this.#windows.get(key);
    if (current && now < current.endsAt) return current;
    const window = { used: 0, unreported: 0, endsAt: now + this.options.rate.windowMs };
    this.#windows.set(key, window);
    return window;
  }

  #resultOf(allowed: boolean, window: RateWindow, now: number): RateLimitResult {
    const { name, rate } = this.options;
    const retryAfterS = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
    const state = `"${name}";r=${Math.max(0, rate.count - window.used)};t=${retryAfterS}`;
    return { allowed, policy: this.policy, state, retryAfterS };
  }
}
