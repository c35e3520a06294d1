import { randomUUID } from 'node:crypto';
import { type Clock, sleep, systemClock } from '../core/clock.js';
import { RELEASE, RENEW, REPLACE, TAKE } from './scripts/lease.js';
import type { RedisScript } from './scripts/script.js';
import { callScript, type SharedRedis } from './shared-redis.js';
import { RedisRefused, RedisUnavailable } from '../core/faults.js';

/**
 * After Redis was restarted or emptied, or failed over, no strict lease is granted for this long. In this grace period the holders
 * reclaim the leases that Redis has lost.
 */
const GRACE_MS = 500;
/** A failover loses at most this much of the last writes. */
const MAX_FAILOVER_LOSS_MS = 10_000;
/** Must be well below the grace period, so that every holder reclaims its leases in time. */
const HEARTBEAT_MS = 200;

/** Bounds the pending commands when Redis refuses everything. A lease whose release is dropped ends with its TTL. */
const MAX_PENDING = 10_000;

export interface LeaseOptions {
  /** How long the lease of a crashed holder stays taken. */
  readonly ttlMs: number;
  /** What others get while the lease is taken; see `Taken`. */
  readonly note?: string;
  /**
   * The lease guards correctness: it is renewed by a heartbeat, its commands are retried, and it is subject to the grace period.
   * Otherwise it only saves work, and two holders at once do no harm.
   */
  readonly strict: boolean;
  /** Let the release by the current holder tell it that somebody waits. */
  readonly waits?: boolean;
}

export interface Lease {
  /** Asks Redis whether the lease is still held, and extends it to its full TTL. Throws RedisUnavailable. */
  isHeld(): Promise<boolean>;
  /** Returns whether somebody is known to wait. Never fails: while Redis is down the command stays pending. */
  release(): Promise<boolean>;
  /** Replaces the lease by `value` for `ttlMs`. Never fails: while Redis is down the command stays pending. */
  replace(value: string, ttlMs: number): Promise<void>;
}

/** The lease is taken: `found` is the note of its holder, or the value that has replaced it. */
export interface Taken {
  readonly found: string;
}

/** Leases among replicas: locks, claims of idempotency keys, and cache fills. */
export class Leases {
  /** The heartbeats of all strict leases that are held. */
  readonly #heartbeats = new Set<() => void>();
  /** Commands that have not reached Redis yet. */
  #pending: (() => Promise<unknown>)[] = [];
  /** The last releases and replacements, which a failover may have lost. */
  readonly #recent: { readonly at: number; readonly send: () => Promise<unknown> }[] = [];
  readonly #historyKey: string;

  constructor(
    private readonly redis: SharedRedis,
    private readonly clock: Clock = systemClock,
  ) {
    this.#historyKey = redis.slotKey('history');
    redis.onAvailable(() => {
      for (const heartbeat of this.#heartbeats) heartbeat();
      const pending = this.#pending;
      this.#pending = [];
      for (const send of pending) void send();
    });
    redis.onDataLoss(() => {
      for (const { send } of this.#recent) void send();
    });
  }

  /** Starts the grace period of a new Redis now, and not only with the first lease. */
  async begin(): Promise<void> {
    await this.take('start', { ttlMs: 1, strict: false }).catch(() => undefined);
  }

  /** Takes a lease, or returns what was found in its place. When it throws RedisUnavailable, the lease is released soon. */
  async take(name: string, options: LeaseOptions): Promise<Lease | Taken> {
    const { ttlMs, note = '', strict, waits = false } = options;
    const token = `${randomUUID()} `;
    const key = this.redis.slotKey('lease', name);
    const args = [token, note, ttlMs, strict ? GRACE_MS : 0, waits ? 1 : 0];
    let sentAt: number | undefined;
    const send = (): Promise<unknown> =>
      this.redis[strict ? 'runWithRetry' : 'run']((client) => {
        sentAt = this.clock.now();
        return callScript(client, TAKE, [key, this.#historyKey], ...args);
      });
    try {
      for (let waited = false; ; waited = true) {
        // oxlint-disable-next-line no-await-in-loop -- repeated only after the grace period
        const answer = await send();
        // Its own token means that the lease was granted to an earlier attempt, whose reply was lost.
        if (answer === 1 || String(answer).startsWith(token)) return this.#held(key, token, options, sentAt ?? 0);
        if (typeof answer === 'string') return { found: answer.slice(token.length) };
        if (waited) throw new RedisUnavailable('Redis lost its data again in the grace period');
        // oxlint-disable-next-line no-await-in-loop -- waits for the end of the grace period
        await sleep(this.clock, Number(answer));
      }
    } catch (error) {
      // The lease may have been granted.
      if (sentAt !== undefined && !(error instanceof RedisRefused)) this.#defer(() => this.#send(RELEASE, key, token));
      throw error;
    }
  }

  /** Writes a value again that Redis has lost, unless the name is taken. Never fails. */
  async restore(name: string, value: string, ttlMs: number): Promise<void> {
    const key = this.redis.slotKey('lease', name);
    await this.#send(REPLACE, key, `${randomUUID()} `, value, ttlMs);
  }

  /** @param takenAt when the command was sent that took it: Redis counts its TTL from a later time, never from an earlier one */
  #held(key: string, token: string, { ttlMs, note = '', strict }: LeaseOptions, takenAt: number): Lease {
    let expiresAt = takenAt + ttlMs;
    const isHeld = async (): Promise<boolean> => {
      let sentAt = 0;
      const answer = await this.redis.runWithRetry((client) => {
        sentAt = this.clock.now();
        // A lease that has expired may have had another holder since, so it must not be reclaimed.
        const graceMs = sentAt < expiresAt ? GRACE_MS : 0;
        return callScript(client, RENEW, [key, this.#historyKey], token, note, ttlMs, graceMs);
      });
      if (answer === 1) expiresAt = sentAt + ttlMs;
      return answer === 1;
    };
    const heartbeat = (): void => void isHeld().catch(() => undefined);
    let cancelHeartbeat: (() => void) | undefined;
    const scheduleHeartbeat = (): void => {
      cancelHeartbeat = this.clock.after(HEARTBEAT_MS, () => {
        scheduleHeartbeat();
        heartbeat();
      });
    };
    if (strict) {
      scheduleHeartbeat();
      this.#heartbeats.add(heartbeat);
    }
    const end = (): void => {
      cancelHeartbeat?.();
      this.#heartbeats.delete(heartbeat);
    };
    return {
      isHeld,
      release: async () => {
        end();
        if (strict) this.#remember(() => this.#send(RELEASE, key, token));
        return (await this.#send(RELEASE, key, token)) === 1;
      },
      replace: async (value, valueTtlMs) => {
        end();
        this.#remember(() => this.#send(REPLACE, key, token, value, valueTtlMs));
        await this.#send(REPLACE, key, token, value, valueTtlMs);
      },
    };
  }

  #remember(send: () => Promise<unknown>): void {
    const now = this.clock.now();
    while (this.#recent[0] && now - this.#recent[0].at > MAX_FAILOVER_LOSS_MS) this.#recent.shift();
    this.#recent.push({ at: now, send });
  }

  /** Returns undefined when Redis is unavailable; the command is sent again later. */
  async #send(script: RedisScript, key: string, ...args: (string | number)[]): Promise<unknown> {
    try {
      return await this.redis.runWithRetry((client) => callScript(client, script, [key], ...args));
    } catch {
      this.#defer(() => this.#send(script, key, ...args));
      return undefined;
    }
  }

  #defer(send: () => Promise<unknown>): void {
    if (this.#pending.length < MAX_PENDING) this.#pending.push(send);
  }
}
