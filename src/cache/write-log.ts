// How replicas agree on what is true. Six rules; everything in this folder serves one of them.
//
// 1. A write appends `begin` with its tags to a stream in Redis, waits for Redis' word, asks Logto, and appends `end`. Whatever
//    else makes something untrue (a webhook, a purge, a forced read that found something new) appends a lone `end`.
// 2. A read first makes sure that it has read the log up to a moment no earlier than the window W before it came: a look counts
//    for W from when it was sent. A write is answered W and a tenth after its `end` was appended. So every look that still
//    counts when a write is answered was sent after its `end`, and has found it.
// 3. Reading the log is a fold into `TagVersions`. An answer counts while none of its tags is being written, nor became
//    untrue since it was asked for. A `begin` whose time is over counts as ended.
// 4. What is kept in Redis carries its tags and how far its reader had read the log: one GET, judged by the same fold.
// 5. A look begins with the record that was read last. Where that is gone, or the data have another history (Redis was
//    restarted, emptied, failed over), nothing remembered counts any more.
// 6. Where Redis does not answer in time a read asks Logto; a second later the replica is alone, and believes an answer for a
//    second. A plain write goes on and owes its record, which is appended first when Redis is back.
//
// The promise: while Redis answers, no read that arrives after a write was answered is answered from before it, on any
// replica, whatever else stalls or dies; without it, about a second, and for what a cut-off replica writes, the freshness.
import { randomUUID } from 'node:crypto';
import { requestContext } from '../context/request-context.js';
import { RedisUnavailable } from '../redis/shared-redis.js';
import { type Clock, sleep, systemClock } from '../upstream/clock.js';
import { EVERYTHING, type LogRecord, type Position, timeOf } from './log-record.js';
import { LogReader, type Sync, SYNCED } from './log-reader.js';
import type { SharedLog } from './shared-log.js';
import { TagVersions } from './tag-versions.js';

/** Clocks of other machines go differently, though not by a tenth. */
const CLOCKS_DIFFER = 1.1;
/** Writes owed to Redis one by one; beyond this everything is untrue. */
const MOST_OWED = 1000;

export interface WriteLogOptions {
  /** Undefined: this process is all there is, and nobody waits for anything. */
  readonly log:
    | (Pick<SharedLog, 'look' | 'append'> & {
        readonly redis: Pick<SharedLog['redis'], 'isAway' | 'reportLoss' | 'onBack'>;
      })
    | undefined;
  /** W, in milliseconds; the same at all replicas. */
  readonly windowMs: number;
  /** A write that nothing is heard of counts as ended so long after it began. */
  readonly longestWriteMs: number;
  /** Whether a write is refused that other replicas cannot be told of. */
  readonly refuses: boolean;
  readonly clock?: Clock;
}

/** Tells other replicas what became untrue, and knows what they told. */
export class WriteLog {
  readonly versions: TagVersions;
  /** Undefined where there are no other replicas. */
  readonly reader: LogReader | undefined;
  /** Records that Redis took, and that it could not be told. */
  readonly counts = { appended: 0, failed: 0 };
  readonly #options: WriteLogOptions;
  readonly #clock: Clock;
  /** Writes that Redis could not be told of, and their tags. */
  readonly #owed = new Map<string, readonly string[]>();
  #lastPlace: Position = '0-0';

  constructor(options: WriteLogOptions) {
    const { log, windowMs, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.versions = new TagVersions(this.#now);
    if (!log) return;
    const onTailLost = () => log.append({ type: 'end', write: randomUUID(), tags: [EVERYTHING], forMs: 0 });
    this.reader = new LogReader({ log, redis: log.redis, versions: this.versions, windowMs, onTailLost, clock });
    log.redis.onBack(() => {
      if (this.#owed.size > 0) void this.#end(randomUUID(), []);
      void this.reader?.checkForLoss();
    });
  }

  /** Whether what is remembered may be given at this moment, without asking anybody. */
  isSynced(): boolean {
    return this.reader?.isSynced() ?? true;
  }

  /** What every read waits for: it finds out what was written anywhere before it came. */
  catchUp(): Promise<Sync> {
    return this.reader?.catchUp() ?? Promise.resolve(SYNCED);
  }

  /** How long ago this process knew of all writes that were answered. */
  get confirmedMsAgo(): number {
    return this.reader?.confirmedMsAgo ?? 0;
  }

  /** Writes that Redis could not be told of yet. */
  get owed(): number {
    return this.#owed.size;
  }

  /**
   * Does a write. It is over when all have been told, or are owed it.
   * @param neverLeft whether this failure proves that Logto saw nothing of it
   * @throws RedisUnavailable where nobody can be told and it must not be done then; nothing was sent
   */
  async write<T>(
    tags: readonly string[],
    send: () => Promise<T>,
    neverLeft: (error: unknown) => boolean,
  ): Promise<{ readonly result: T; readonly position: Position }> {
    const write = randomUUID();
    const { longestWriteMs: forMs, refuses } = this.#options;
    this.versions.begin({ write, tags }, this.#now() + forMs);
    const isTold = (await this.#append({ type: 'begin', write, tags, forMs })) !== undefined;
    const callOff = async (): Promise<void> => {
      this.versions.end({ write, tags: [] });
      if (isTold) await this.#append({ type: 'end', write, tags: [], forMs: 0 });
    };
    if (this.reader && refuses && !isTold) {
      await callOff();
      throw new RedisUnavailable('other replicas cannot be told of a write');
    }
    try {
      const result = await send();
      return { result, position: await this.#end(write, tags) };
    } catch (error) {
      await (neverLeft(error) ? callOff() : this.#end(write, tags));
      throw error;
    }
  }

  /**
   * What was known under these tags is not true any more: here before this returns, elsewhere when the promise is fulfilled.
   * @throws RedisUnavailable where others could not be told, and it must not be taken for done then; it is owed all the same
   */
  async invalidate(tags: readonly string[]): Promise<void> {
    await this.#end(randomUUID(), tags);
    if (this.#options.refuses && this.#owed.size > 0) throw new RedisUnavailable('other replicas could not be told');
  }

  /** Waits until whatever this request wrote is seen by the reads of all replicas. */
  async untilVisible(): Promise<void> {
    const waitMs = (requestContext()?.visibleAt ?? 0) - this.#clock.now();
    if (waitMs > 0) await sleep(this.#clock, waitMs);
  }

  async #end(write: string, tags: readonly string[]): Promise<Position> {
    this.versions.end({ write, tags });
    if (!this.reader) return this.#place();
    const owed = new Map(this.#owed).set(write, tags);
    this.#owed.clear();
    const all = { write: [...owed.keys()].join(','), tags: [...new Set([...owed.values()].flat())] };
    this.versions.expect(all);
    const position = await this.#append({ type: 'end', ...all, forMs: 0 });
    const context = requestContext();
    if (position === undefined) this.#owe(owed);
    else if (context) context.visibleAt = this.#clock.now() + this.#options.windowMs * CLOCKS_DIFFER;
    return position ?? this.#place();
  }

  /** Undefined where Redis could not be told. */
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

  #owe(writes: ReadonlyMap<string, readonly string[]>): void {
    for (const [write, tags] of writes) this.#owed.set(write, tags);
    if (this.#owed.size <= MOST_OWED) return;
    this.#owed.clear();
    this.#owed.set('too many', [EVERYTHING]);
  }

  /** A place for a write that is in no log: after all that this process knows of. */
  #place(): Position {
    const [lastMs, lastNumber] = [timeOf(this.#lastPlace), Number(this.#lastPlace.split('-')[1])];
    const ms = Math.max(lastMs, Math.floor(this.#now()));
    this.#lastPlace = `${ms}-${ms === lastMs ? lastNumber + 1 : 0}`;
    return this.#lastPlace;
  }

  readonly #now = (): number => this.reader?.redisNow() ?? Date.now();
}
