import { RedisRefused } from '../core/faults.js';
import { type Clock, systemClock } from '../core/clock.js';
import { BEGINNING, type Position } from '../core/position.js';
import { type Sync, SYNCED } from '../core/sync.js';
import type { SharedLog } from './shared-log.js';
import type { TagVersions } from './tag-versions.js';

const PAGE_SIZE = 5000;
/** The part of the window after which the next poll is sent. The rest is for its round trip, so that no read has to wait. */
const RENEW_AFTER = 0.75;
/** How often reads make a replica that is alone poll the log again. */
const RETRY_MS = 200;

const ALONE: Sync = { state: 'alone' };

interface Poll {
  readonly number: number;
  readonly sentAt: number;
  readonly outcome: Promise<Sync>;
}

export interface LogReaderOptions {
  readonly log: Pick<SharedLog, 'readFrom'>;
  readonly redis: Pick<SharedLog['redis'], 'isDown' | 'reportDataLoss'>;
  readonly versions: TagVersions;
  /** W: how long a poll stays valid after it was sent. */
  readonly windowMs: number;
  /** Called when the log has lost its tail. */
  readonly onTailLost: () => Promise<unknown>;
  readonly clock?: Clock;
}

/** Polls the write log when reads need it: one poll at a time, which all reads that arrive meanwhile share. */
export class LogReader {
  readonly counts = { done: 0, failed: 0 };
  readonly #options: LogReaderOptions;
  readonly #clock: Clock;
  #replicationId: string | undefined;
  /** Redis' wall clock minus our monotonic one. */
  #offsetMs: number;
  #polls = 0;
  #current: Poll | undefined;
  #upcoming: Promise<Sync> | undefined;
  #lastSentAt = -Infinity;
  #isFailing = true;
  #refusedAt: number | undefined;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#offsetMs = Date.now() - this.#clock.now();
  }

  /** The state as of the last poll. */
  get state(): Sync['state'] {
    if (this.#options.redis.isDown || this.#refusedAt !== undefined) return 'alone';
    return this.#isFailing ? 'unknown' : 'synced';
  }

  /** Identifies the data set in Redis, for keys that must not outlive it. */
  get replicationId(): string {
    return this.#replicationId?.startsWith('connection') ? 'unknown' : (this.#replicationId ?? 'unknown');
  }

  /** How long ago this process knew of every write that any replica had answered. */
  get syncedMsAgo(): number {
    return this.#clock.now() - this.#lastSentAt;
  }

  /** Redis' clock, in milliseconds since the epoch. */
  readonly redisNow = (): number => this.#clock.now() + this.#offsetMs;

  /** Whether the last poll is still valid. Sends the next one in the background before it expires. */
  isSynced(): boolean {
    const sinceMs = this.syncedMsAgo;
    if (sinceMs >= this.#options.windowMs) return false;
    if (sinceMs >= this.#options.windowMs * RENEW_AFTER && !this.#current) this.#poll();
    return true;
  }

  /** Makes sure that the log was read up to a moment at most one window ago, if Redis allows it. */
  catchUp(): Promise<Sync> {
    if (this.isSynced()) return Promise.resolve(SYNCED);
    if (this.#options.redis.isDown) return Promise.resolve(ALONE);
    const current = this.#current;
    if (this.#refusedAt !== undefined) {
      if (!current && this.#clock.now() >= this.#refusedAt + RETRY_MS) this.#poll();
      return Promise.resolve(ALONE);
    }
    if (!current) return this.#poll();
    if (current.sentAt >= this.#clock.now() - this.#options.windowMs) return current.outcome;
    this.#upcoming ??= current.outcome.then((sync) => {
      this.#upcoming = undefined;
      // A read that has waited for one failed poll does not wait for another.
      return sync.state === 'synced' ? this.#poll() : sync;
    });
    return this.#upcoming;
  }

  /** Polls the log even when nobody reads, so that a loss of data is noticed. */
  async checkForDataLoss(): Promise<void> {
    await this.#current?.outcome;
    await (this.#current?.outcome ?? this.#poll());
  }

  /** Reads the log to its current end. Two polls must never run at once. */
  #poll(): Promise<Sync> {
    const number = (this.#polls += 1);
    const sentAt = this.#clock.now();
    const outcome = this.#readToEnd().then(
      () => {
        this.#lastSentAt = sentAt;
        return this.#finishPoll('done');
      },
      (error: unknown) => this.#finishPoll('failed', error),
    );
    this.#current = { number, sentAt, outcome };
    return outcome;
  }

  #finishPoll(result: 'done' | 'failed', error?: unknown): Sync {
    const { number = 0 } = this.#current ?? {};
    this.#current = undefined;
    this.counts[result] += 1;
    this.#isFailing = result === 'failed';
    this.#refusedAt = error instanceof RedisRefused ? this.#clock.now() : undefined;
    if (result === 'done') return SYNCED;
    return this.state === 'alone' ? ALONE : { state: 'unknown', poll: number };
  }

  async #readToEnd(): Promise<void> {
    const { log, versions, onTailLost } = this.#options;
    let from = versions.position;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a page starts where the last one ended
      const { now, replicationId, records } = await log.readFrom(from, PAGE_SIZE);
      this.#offsetMs = now - this.#clock.now();
      const [first] = records;
      if (!first) {
        // oxlint-disable-next-line no-await-in-loop -- an empty log may be a lost one, so all replicas must reset
        await onTailLost();
        from = BEGINNING;
      } else if (from !== BEGINNING && (first[0] !== from || replicationId !== this.#replicationId)) {
        from = BEGINNING;
      } else {
        if (from === BEGINNING) this.#reset(first[0], replicationId);
        for (const [position, record] of records) if (position !== from) versions.apply(record, position);
        if (records.length < PAGE_SIZE) return;
        from = versions.position;
      }
    }
  }

  #reset(first: Position, replicationId: string): void {
    const { versions, redis } = this.#options;
    const isFirstPoll = this.#replicationId === undefined;
    this.#replicationId = replicationId;
    versions.reset(first);
    if (!isFirstPoll) redis.reportDataLoss();
  }
}
