// How replicas keep their caches coherent. Everything in this folder serves one of six rules.
//
// 1. A write appends a `begin` with its tags to a stream in Redis, waits for Redis to confirm it, calls Logto, and appends an
//    `end`. Any other invalidation (a webhook, a purge, a forced read that found a change) appends a lone `end`.
// 2. Before a read is answered, the log must have been read up to a moment at most the window W before the read arrived: a poll
//    is valid for W after it was sent. A write is answered 1.1 W after its `end` was appended. So every poll that is still
//    valid when a write is answered was sent after its `end`, and has read it.
// 3. Records are folded into `TagVersions`. A reply is valid while none of its tags is being written or was invalidated since
//    Logto was asked for it. A `begin` whose time is over counts as ended.
// 4. An entry in Redis carries its tags and how far its writer had read the log: one GET, validated by the same fold.
// 5. A poll reads from the last known record on. If that record is gone, or the replication id has changed (Redis was restarted
//    or emptied, or failed over), everything cached is invalid.
// 6. If Redis does not answer in time, a read asks Logto; after a second the replica is alone, and serves replies for a second.
//    A plain write goes on and keeps its record pending, which is appended first when Redis is available again.
//
// The guarantee: while Redis answers, no read that arrives after a write was answered gets a reply from before the write, on any
// replica, whatever else stalls or crashes. Without Redis a reply may be about a second old, or as old as its freshness allows
// with respect to writes of a replica that is cut off.
import { randomUUID } from 'node:crypto';
import { requestContext } from '../core/request-context.js';
import { RedisUnavailable } from '../core/faults.js';
import { type Clock, sleep, systemClock } from '../core/clock.js';
import { type Position, timeOf } from '../core/position.js';
import { type Sync, SYNCED } from '../core/sync.js';
import { EVERYTHING, type LogRecord } from './log-record.js';
import { LogReader } from './log-reader.js';
import type { SharedLog } from './shared-log.js';
import { TagVersions } from './tag-versions.js';

/** Clock rates of other machines differ, but by less than a tenth. */
const CLOCK_DRIFT = 1.1;
/** More pending writes than this are replaced by one record that invalidates everything. */
const MAX_PENDING = 1000;

export interface WriteLogOptions {
  /** Undefined without Redis: there are no other replicas, and nothing waits. */
  readonly log:
    | (Pick<SharedLog, 'readFrom' | 'append'> & {
        readonly redis: Pick<SharedLog['redis'], 'isDown' | 'reportDataLoss' | 'onAvailable'>;
      })
    | undefined;
  /** W, in milliseconds. Must be the same on all replicas. */
  readonly windowMs: number;
  /** How long after its `begin` a write counts as ended when no `end` follows. */
  readonly maxWriteMs: number;
  /** Refuse a write that cannot be announced to other replicas. */
  readonly refusesAlone: boolean;
  readonly clock?: Clock;
}

/** Announces invalidations to other replicas, and applies theirs. */
export class WriteLog {
  readonly versions: TagVersions;
  /** Undefined without Redis. */
  readonly reader: LogReader | undefined;
  /** Records by outcome. */
  readonly counts = { appended: 0, failed: 0 };
  readonly #options: WriteLogOptions;
  readonly #clock: Clock;
  /** Ended writes that are not in the log yet, and their tags. */
  readonly #pending = new Map<string, readonly string[]>();
  #lastLocalPosition: Position = '0-0';

  constructor(options: WriteLogOptions) {
    const { log, windowMs, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.versions = new TagVersions(this.#now);
    if (!log) return;
    const onTailLost = () => log.append({ type: 'end', write: randomUUID(), tags: [EVERYTHING], forMs: 0 });
    this.reader = new LogReader({ log, redis: log.redis, versions: this.versions, windowMs, onTailLost, clock });
    log.redis.onAvailable(() => {
      if (this.#pending.size > 0) void this.#end(randomUUID(), []);
      void this.reader?.checkForDataLoss();
    });
  }

  /** Whether valid entries may be served now, without waiting for `catchUp`. */
  isSynced(): boolean {
    return this.reader?.isSynced() ?? true;
  }

  /** Learns of all writes that were answered before now. Every read waits for this. */
  catchUp(): Promise<Sync> {
    return this.reader?.catchUp() ?? Promise.resolve(SYNCED);
  }

  /** How long ago this process knew of every write that any replica had answered. */
  get syncedMsAgo(): number {
    return this.reader?.syncedMsAgo ?? 0;
  }

  /** How many writes could not be announced yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Sends a write. Resolves when it was announced to all replicas, or its record is pending.
   * @param wasNeverSent whether this error proves that the write never reached Logto
   * @throws RedisUnavailable before anything was sent, when the write cannot be announced and must be refused then
   */
  async write<T>(
    tags: readonly string[],
    send: () => Promise<T>,
    wasNeverSent: (error: unknown) => boolean,
  ): Promise<{ readonly result: T; readonly position: Position }> {
    const write = randomUUID();
    const { maxWriteMs: forMs, refusesAlone } = this.#options;
    this.versions.begin({ write, tags }, this.#now() + forMs);
    const isAnnounced = (await this.#append({ type: 'begin', write, tags, forMs })) !== undefined;
    const cancel = async (): Promise<void> => {
      this.versions.end({ write, tags: [] });
      if (isAnnounced) await this.#append({ type: 'end', write, tags: [], forMs: 0 });
    };
    if (this.reader && refusesAlone && !isAnnounced) {
      await cancel();
      throw new RedisUnavailable('a write cannot be announced to other replicas');
    }
    try {
      const result = await send();
      return { result, position: await this.#end(write, tags) };
    } catch (error) {
      await (wasNeverSent(error) ? cancel() : this.#end(write, tags));
      throw error;
    }
  }

  /**
   * Invalidates these tags: in this process before it returns, in other replicas when the promise resolves.
   * @throws RedisUnavailable when it cannot be announced and that must not go unnoticed; its record is pending all the same
   */
  async invalidate(tags: readonly string[]): Promise<void> {
    await this.#end(randomUUID(), tags);
    if (this.#options.refusesAlone && this.#pending.size > 0)
      throw new RedisUnavailable('an invalidation cannot be announced to other replicas');
  }

  /** Waits until reads on all replicas see what the current request has written. */
  async untilVisible(): Promise<void> {
    const waitMs = (requestContext()?.visibleAt ?? 0) - this.#clock.now();
    if (waitMs > 0) await sleep(this.#clock, waitMs);
  }

  async #end(write: string, tags: readonly string[]): Promise<Position> {
    this.versions.end({ write, tags });
    if (!this.reader) return this.#localPosition();
    const ended = new Map(this.#pending).set(write, tags);
    this.#pending.clear();
    const all = { write: [...ended.keys()].join(','), tags: [...new Set([...ended.values()].flat())] };
    this.versions.expectEnd(all);
    const position = await this.#append({ type: 'end', ...all, forMs: 0 });
    const context = requestContext();
    if (position === undefined) this.#keepPending(ended);
    else if (context) context.visibleAt = this.#clock.now() + this.#options.windowMs * CLOCK_DRIFT;
    return position ?? this.#localPosition();
  }

  /** Undefined when Redis is unavailable. */
  async #append(record: LogRecord): Promise<Position | undefined> {
    try {
      const position = await this.#options.log?.append(record);
      if (position !== undefined) this.counts.appended += 1;
      return position;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      this.counts.failed += 1;
      return undefined;
    }
  }

  #keepPending(writes: ReadonlyMap<string, readonly string[]>): void {
    for (const [write, tags] of writes) this.#pending.set(write, tags);
    if (this.#pending.size <= MAX_PENDING) return;
    this.#pending.clear();
    this.#pending.set('too many', [EVERYTHING]);
  }

  /** A position for a write that is not in the log: later than any that this process knows of. */
  #localPosition(): Position {
    const [lastMs, lastSequence] = [timeOf(this.#lastLocalPosition), Number(this.#lastLocalPosition.split('-')[1])];
    const ms = Math.max(lastMs, Math.floor(this.#now()));
    this.#lastLocalPosition = `${ms}-${ms === lastMs ? lastSequence + 1 : 0}`;
    return this.#lastLocalPosition;
  }

  readonly #now = (): number => this.reader?.redisNow() ?? Date.now();
}
