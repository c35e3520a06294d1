import { LRUCache } from 'lru-cache';
import type { Rate } from '../config/rate.js';

/** What has been used of one key's present window. */
export interface Window {
  used: number;
  /** Of these, how many the other replicas have not been told of. */
  untold: number;
  /** When it ends, in milliseconds since the epoch. */
  endsAt: number;
}

/** Whether a request may pass, and what its answer says of it. */
export interface Allowance {
  readonly allowed: boolean;
  /** Value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policy: string;
  /** Value of `RateLimit`. */
  readonly state: string;
  /** Seconds until there is a new quota: value of `Retry-After` where nothing is left. */
  readonly retryAfterS: number;
}

export interface RateLimiterOptions {
  /** Names the policy in the headers. */
  readonly name: string;
  readonly rate: Rate;
  /** Told when something was taken, to tell the other replicas. */
  readonly onTake?: (key: string, window: Window) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Keys that are remembered; a forgotten one begins anew. */
const MOST_KEYS = 50_000;

const BELOW_A_THOUSAND = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/**
 * The digits of a count that is another one in each request. V8 keeps the texts of the last thousands of numbers, so that
 * each of a large quota's would outlive its request and be left to the costly collection.
 */
const digits = (count: number): string =>
  count < 1000 ? String(count) : `${Math.floor(count / 1000)}${BELOW_A_THOUSAND[count % 1000]}`;

/**
 * Counts in process memory, in windows that begin with a key's first request: asking never waits, so it may stand in front
 * of answers that take microseconds.
 */
export class RateLimiter {
  readonly policy: string;
  readonly #windows = new LRUCache<string, Window>({ max: MOST_KEYS });
  readonly #now: () => number;

  constructor(private readonly options: RateLimiterOptions) {
    const { count, windowMs } = options.rate;
    this.policy = `"${options.name}";q=${count};w=${Math.ceil(windowMs / 1000)}`;
    this.#now = options.now ?? Date.now;
  }

  /** Uses one of the key's quota, if one is left. */
  take(key: string): Allowance {
    const now = this.#now();
    const window = this.#windowOf(key, now);
    const allowed = window.used < this.options.rate.count;
    if (allowed) {
      window.used += 1;
      window.untold += 1;
      this.options.onTake?.(key, window);
    }
    return this.#allowance(allowed, window, now);
  }

  /** What `take` would say, without using anything. */
  look(key: string): Allowance {
    const now = this.#now();
    const window = this.#windowOf(key, now);
    return this.#allowance(window.used < this.options.rate.count, window, now);
  }

  #windowOf(key: string, now: number): Window {
    const known = this.#windows.get(key);
    if (known && now < known.endsAt) return known;
    const window = { used: 0, untold: 0, endsAt: now + this.options.rate.windowMs };
    this.#windows.set(key, window);
    return window;
  }

  #allowance(allowed: boolean, window: Window, now: number): Allowance {
    const { name, rate } = this.options;
    const retryAfterS = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
    const state = `"${name}";r=${digits(Math.max(0, rate.count - window.used))};t=${retryAfterS}`;
    return { allowed, policy: this.policy, state, retryAfterS };
  }
}
