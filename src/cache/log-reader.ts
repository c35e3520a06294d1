import { RedisRefused } from '../redis/shared-redis.js';
import { type Clock, systemClock } from '../upstream/clock.js';
import { BEGINNING, type Position } from './log-record.js';
import type { SharedLog } from './shared-log.js';
import type { TagVersions } from './tag-versions.js';

/** Records read at once. */
const PAGE = 5000;
/** The part of its time after which a look is renewed: what is left is for the answer to come, so that no read waits. */
const RENEW_AFTER = 0.75;
/** How often a replica that is alone tries to read the log again, while it is asked. */
const TRY_AGAIN_MS = 200;

/**
 * Whether this process has read the log up to now.
 * - `synced`: no write was answered, on any replica, that it does not know of.
 * - `unknown`: Redis did not answer in time. Who waited for the same look may share what Logto is asked then.
 * - `alone`: Redis cannot be asked; what others write is not known.
 */
export type Sync =
  { readonly state: 'synced' } | { readonly state: 'unknown'; readonly look: number } | { readonly state: 'alone' };

export const SYNCED: Sync = { state: 'synced' };
const ALONE: Sync = { state: 'alone' };

interface Look {
  readonly number: number;
  readonly sentAt: number;
  readonly outcome: Promise<Sync>;
}

export interface LogReaderOptions {
  readonly log: Pick<SharedLog, 'look'>;
  readonly redis: Pick<SharedLog['redis'], 'isAway' | 'reportLoss'>;
  readonly versions: TagVersions;
  /** W: how long a look counts, from when it was sent. */
  readonly windowMs: number;
  /** The log was found to have lost its end. */
  readonly onTailLost: () => Promise<unknown>;
  readonly clock?: Clock;
}

/** Reads the write log on behalf of those who read: one look at a time, whoever comes meanwhile shares it. */
export class LogReader {
  readonly counts = { done: 0, failed: 0 };
  readonly #options: LogReaderOptions;
  readonly #clock: Clock;
  #history: string | undefined;
  /** Redis' clock, which tells the time of day, less ours. */
  #offsetMs: number;
  #looks = 0;
  #current: Look | undefined;
  #upcoming: Promise<Sync> | undefined;
  #lastSentAt = -Infinity;
  #isFailing = true;
  #refusedAt: number | undefined;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#offsetMs = Date.now() - this.#clock.now();
  }

  /** As far as is known without asking. */
  get state(): Sync['state'] {
    if (this.#options.redis.isAway || this.#refusedAt !== undefined) return 'alone';
    return this.#isFailing ? 'unknown' : 'synced';
  }

  /** The id of the data in Redis, for keys of what must not outlive them. */
  get history(): string {
    return this.#history?.startsWith('connection') ? 'unknown' : (this.#history ?? 'unknown');
  }

  /** How long ago this process knew of all writes that were answered. */
  get confirmedMsAgo(): number {
    return this.#clock.now() - this.#lastSentAt;
  }

  /** Redis' clock, in milliseconds since the epoch. */
  readonly redisNow = (): number => this.#clock.now() + this.#offsetMs;

  /** Whether a look counts at this moment. The next is sent in the background before its time is over. */
  isSynced(): boolean {
    const sinceMs = this.confirmedMsAgo;
    if (sinceMs >= this.#options.windowMs) return false;
    if (sinceMs >= this.#options.windowMs * RENEW_AFTER && !this.#current) this.#look();
    return true;
  }

  /** Makes sure that the log was read up to a moment no earlier than the window before now, if Redis lets it. */
  catchUp(): Promise<Sync> {
    if (this.isSynced()) return Promise.resolve(SYNCED);
    if (this.#options.redis.isAway) return Promise.resolve(ALONE);
    const current = this.#current;
    if (this.#refusedAt !== undefined) {
      if (!current && this.#clock.now() >= this.#refusedAt + TRY_AGAIN_MS) this.#look();
      return Promise.resolve(ALONE);
    }
    if (!current) return this.#look();
    if (current.sentAt >= this.#clock.now() - this.#options.windowMs) return current.outcome;
    this.#upcoming ??= current.outcome.then((sync) => {
      this.#upcoming = undefined;
      // Whoever waits for the next look has waited long enough.
      return sync.state === 'synced' ? this.#look() : sync;
    });
    return this.#upcoming;
  }

  /** Reads the log although nobody asks, so that a loss is noticed. */
  async checkForLoss(): Promise<void> {
    await this.#current?.outcome;
    await (this.#current?.outcome ?? this.#look());
  }

  /** Reads the log to its present end; never two at a time. */
  #look(): Promise<Sync> {
    const number = (this.#looks += 1);
    const sentAt = this.#clock.now();
    const outcome = this.#readToEnd().then(
      () => {
        this.#lastSentAt = sentAt;
        return this.#over('done');
      },
      (error: unknown) => this.#over('failed', error),
    );
    this.#current = { number, sentAt, outcome };
    return outcome;
  }

  #over(how: 'done' | 'failed', error?: unknown): Sync {
    const { number = 0 } = this.#current ?? {};
    this.#current = undefined;
    this.counts[how] += 1;
    this.#isFailing = how === 'failed';
    this.#refusedAt = error instanceof RedisRefused ? this.#clock.now() : undefined;
    if (how === 'done') return SYNCED;
    return this.state === 'alone' ? ALONE : { state: 'unknown', look: number };
  }

  async #readToEnd(): Promise<void> {
    const { log, versions, onTailLost } = this.#options;
    let from = versions.position;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a page begins where the last one ended
      const { now, history, records } = await log.look(from, PAGE);
      this.#offsetMs = now - this.#clock.now();
      const [first] = records;
      if (!first) {
        // oxlint-disable-next-line no-await-in-loop -- an empty log cannot be told from a lost one: everybody begins anew
        await onTailLost();
        from = BEGINNING;
      } else if (from !== BEGINNING && (first[0] !== from || history !== this.#history)) {
        from = BEGINNING;
      } else {
        if (from === BEGINNING) this.#beginAnew(first[0], history);
        for (const [position, record] of records) if (position !== from) versions.apply(record, position);
        if (records.length < PAGE) return;
        from = versions.position;
      }
    }
  }

  #beginAnew(first: Position, history: string): void {
    const { versions, redis } = this.#options;
    const isFirst = this.#history === undefined;
    this.#history = history;
    versions.reset(first);
    if (!isFirst) redis.reportLoss();
  }
}
