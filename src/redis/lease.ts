import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RELEASE, RENEW, REPLACE, TAKE } from './scripts/lease.js';
import type { RedisScript } from './scripts/script.js';
import { callScript, RedisRefused, RedisUnavailable, type SharedRedis } from './shared-redis.js';

/**
 * After Redis was restarted, emptied or failed over nobody gets a new lease for so long: whoever held one before, and lost it
 * with Redis, takes it again meanwhile.
 */
const SETTLE_MS = 500;
/** A failover loses the last moments before it, never more than this. */
const LOSABLE_MS = 10_000;
/** Often enough that each holder has its turn while all settle. */
const RENEW_EVERY_MS = 200;

/** A Redis that refuses everything must not be owed without bounds; what is forgotten ends with its time. */
const MOST_OWED = 10_000;

export interface LeaseOptions {
  /** How long it stays held when nothing is heard of its holder any more. */
  readonly ttlMs: number;
  /** What others find while it is held; see `Taken`. */
  readonly note?: string;
  /** Something is lost if two have it at once: it is insisted on, and settles. Otherwise it only saves work. */
  readonly protects: boolean;
  /** Have the holder told that somebody waits. */
  readonly waits?: boolean;
}

/** What one process holds for a while, and no other. */
export interface Lease {
  /** Asks Redis whether it is still held, and holds it for its full time from now on. Throws RedisUnavailable. */
  isHeld(): Promise<boolean>;
  /** Gives it back; says whether somebody is known to wait for it. Never fails: while Redis is away it is owed. */
  release(): Promise<boolean>;
  /** Puts `value` in its place for `ttlMs`. Never fails: while Redis is away it is owed. */
  replace(value: string, ttlMs: number): Promise<void>;
}

/** What is there instead of a lease: the note of its holder, or what replaced it. */
export interface Taken {
  readonly found: string;
}

/** Leases among replicas: locks, claims of idempotency keys, and who asks Logto for what all want to know. */
export class Leases {
  readonly #renewals = new Set<() => void>();
  /** What Redis could not be told. */
  #owed: (() => Promise<unknown>)[] = [];
  /** What ended a moment ago: a failover may have lost that. */
  readonly #ended: { readonly at: number; readonly tell: () => Promise<unknown> }[] = [];
  readonly #history: string;

  constructor(private readonly redis: SharedRedis) {
    this.#history = redis.slotKey('history');
    redis.onBack(() => {
      for (const renew of this.#renewals) renew();
      const owed = this.#owed;
      this.#owed = [];
      for (const tell of owed) void tell();
    });
    redis.onLoss(() => {
      for (const { tell } of this.#ended) void tell();
    });
  }

  /** A Redis that is new begins to settle, before anybody wants a lease. */
  async begin(): Promise<void> {
    await this.take('start', { ttlMs: 1, protects: false }).catch(() => undefined);
  }

  /** Takes it, or says what is there instead. Throws RedisUnavailable; then nobody has it for long. */
  async take(name: string, options: LeaseOptions): Promise<Lease | Taken> {
    const { ttlMs, note = '', protects, waits = false } = options;
    const token = `${randomUUID()} `;
    const key = this.redis.slotKey('lease', name);
    const args = [token, note, ttlMs, protects ? SETTLE_MS : 0, waits ? 1 : 0];
    let isSent = false;
    const ask = (): Promise<unknown> =>
      this.redis[protects ? 'insist' : 'run']((client) => {
        isSent = true;
        return callScript(client, TAKE, [key, this.#history], ...args);
      });
    try {
      for (let waited = false; ; waited = true) {
        // oxlint-disable-next-line no-await-in-loop -- asked again only once all have settled
        const answer = await ask();
        // Found to be its own: it was granted, and that answer was lost.
        if (answer === 1 || String(answer).startsWith(token)) return this.#held(key, token, options);
        if (typeof answer === 'string') return { found: answer.slice(token.length) };
        if (waited) throw new RedisUnavailable('Redis lost its data again while all settled');
        // oxlint-disable-next-line no-await-in-loop -- waiting is the point
        await pause(Number(answer));
      }
    } catch (error) {
      // Whether it was granted is not known.
      if (isSent && !(error instanceof RedisRefused)) this.#owe(() => this.#tell(RELEASE, key, token));
      throw error;
    }
  }

  /** Puts back what Redis has lost, unless something is there again. Never fails. */
  async restore(name: string, value: string, ttlMs: number): Promise<void> {
    const key = this.redis.slotKey('lease', name);
    await this.#tell(REPLACE, key, `${randomUUID()} `, value, ttlMs);
  }

  #held(key: string, token: string, { ttlMs, note = '', protects }: LeaseOptions): Lease {
    let expiresAt = performance.now() + ttlMs;
    const isHeld = async (): Promise<boolean> => {
      let askedAt = 0;
      const answer = await this.redis.insist((client) => {
        askedAt = performance.now();
        // Who is late must not take again what others may have had meanwhile.
        const settleMs = askedAt < expiresAt ? SETTLE_MS : 0;
        return callScript(client, RENEW, [key, this.#history], token, note, ttlMs, settleMs);
      });
      if (answer === 1) expiresAt = askedAt + ttlMs;
      return answer === 1;
    };
    const renew = (): void => void isHeld().catch(() => undefined);
    const renewal = protects ? setInterval(renew, RENEW_EVERY_MS).unref() : undefined;
    if (protects) this.#renewals.add(renew);
    const end = (): void => {
      clearInterval(renewal);
      this.#renewals.delete(renew);
    };
    return {
      isHeld,
      release: async () => {
        end();
        if (protects) this.#remember(() => this.#tell(RELEASE, key, token));
        return (await this.#tell(RELEASE, key, token)) === 1;
      },
      replace: async (value, keptMs) => {
        end();
        this.#remember(() => this.#tell(REPLACE, key, token, value, keptMs));
        await this.#tell(REPLACE, key, token, value, keptMs);
      },
    };
  }

  #remember(tell: () => Promise<unknown>): void {
    const now = performance.now();
    while (this.#ended[0] && now - this.#ended[0].at > LOSABLE_MS) this.#ended.shift();
    this.#ended.push({ at: now, tell });
  }

  /** Gives undefined where Redis could not be told; then it will be. */
  async #tell(script: RedisScript, key: string, ...args: (string | number)[]): Promise<unknown> {
    try {
      return await this.redis.insist((client) => callScript(client, script, [key], ...args));
    } catch {
      this.#owe(() => this.#tell(script, key, ...args));
      return undefined;
    }
  }

  #owe(tell: () => Promise<unknown>): void {
    if (this.#owed.length < MOST_OWED) this.#owed.push(tell);
  }
}
