import type { LogRecord } from '../../src/cache/log-record.js';
import { isAfter, type Position } from '../../src/core/position.js';
import { MemoryCache } from '../../src/cache/memory-cache.js';
import { MemoryStore } from '../../src/cache/memory-store.js';
import { WriteLog } from '../../src/cache/write-log.js';
import { RedisUnavailable } from '../../src/core/faults.js';
import { type Exchange, type Lifetime, type UpstreamReply, type UpstreamRequest } from '../../src/core/exchange.js';
import { pipe } from '../../src/core/pipe.js';
import { cached } from '../../src/upstream/stages/cached.stage.js';
import { lifetimes } from '../../src/upstream/stages/lifetime.stage.js';
import { replyOf, until } from './far-end.js';
import { ManualClock } from './manual-clock.js';

const policies: Record<string, Lifetime> = {
  members: { freshMs: 10_000, staleMs: 20_000 },
  roles: { freshMs: 60_000, staleMs: 0 },
  permissions: { freshMs: 5_000, staleMs: 0 },
};

/** How long a poll of the write log stays valid. */
const WINDOW_MS = 10;

/** The cached stage of one replica. The test controls Logto, the write log in Redis and all clocks. */
export class CachedStageFixture {
  /** Milliseconds since the epoch, as the memory cache sees them. */
  now = 1_000_000;
  readonly clock = new ManualClock();
  readonly asked: UpstreamRequest[] = [];
  answer: (request: UpstreamRequest) => Promise<UpstreamReply> = async () => replyOf({ call: this.asked.length });
  /** The write log in Redis. */
  readonly records: (readonly [Position, LogRecord])[] = [];
  readonly writeLog: WriteLog;
  readonly exchange: Exchange;
  readonly #redis = { isDown: false, reportDataLoss: () => undefined, onAvailable: () => undefined };
  #isSilent = false;

  constructor() {
    const log = {
      readFrom: async (from: Position) => {
        if (this.#isSilent) throw new RedisUnavailable('no answer in time');
        const records = this.records.filter(([position]) => !isAfter(from, position));
        return { now: this.#redisNow(), replicationId: 'first', records };
      },
      append: async (record: LogRecord) => {
        if (this.#isSilent) throw new RedisUnavailable('no answer in time');
        return this.#append(record);
      },
      redis: this.#redis,
    };
    this.writeLog = new WriteLog({
      log,
      windowMs: WINDOW_MS,
      maxWriteMs: 60_000,
      refusesAlone: false,
      clock: this.clock,
    });
    const policyOf = ({ freshness }: { freshness: { policy: string } }): Lifetime =>
      policies[freshness.policy] ?? { freshMs: 0, staleMs: 0 };
    const memory = new MemoryCache(new MemoryStore(1_000_000), this.writeLog.versions, () => this.now);
    this.exchange = pipe(
      cached({ memory, writeLog: this.writeLog, policyOf }),
      // In the middle of its range, jitter changes nothing.
      lifetimes({ policyOf, missingMs: 5000, random: () => 0.5 }),
    )((request) => {
      this.asked.push(request);
      return this.answer(request);
    });
  }

  /** Waits until a call has reached Logto. */
  asking(method: string): Promise<void> {
    return until(`a ${method}`, () => this.asked.some((request) => request.method === method));
  }

  /** Another replica writes; this one learns of it with its next poll. */
  writtenElsewhere(tags: readonly string[], type: LogRecord['type'] = 'end'): void {
    this.#append({ type, write: 'theirs', tags, forMs: 60_000 });
  }

  /** Waits until the last poll is no longer valid. */
  async expirePoll(): Promise<void> {
    await this.clock.advance(WINDOW_MS);
  }

  /** Redis stops answering, so the writes of other replicas are unknown. */
  async becomeUnknown(): Promise<void> {
    this.#isSilent = true;
    await this.expirePoll();
  }

  /** Redis counts as down, so it is not even asked. */
  async becomeAlone(): Promise<void> {
    this.#redis.isDown = true;
    await this.becomeUnknown();
  }

  #append(record: LogRecord): Position {
    const position = `${this.#redisNow()}-${this.records.length}`;
    this.records.push([position, record]);
    return position;
  }

  /** Unlike the clock of the stages, the one of Redis is a wall clock. */
  readonly #redisNow = (): number => 1_000_000 + this.clock.now();
}
