import { type LogRecord, isAfter, type Position } from '../../src/cache/log-record.js';
import { Memory } from '../../src/cache/memory.js';
import { MemoryStore } from '../../src/cache/memory-store.js';
import { WriteLog } from '../../src/cache/write-log.js';
import { RedisUnavailable } from '../../src/redis/shared-redis.js';
import {
  type Exchange,
  type Lifetime,
  pipe,
  type UpstreamReply,
  type UpstreamRequest,
} from '../../src/upstream/exchange.js';
import { cached } from '../../src/upstream/stages/cached.stage.js';
import { lifetimes } from '../../src/upstream/stages/lifetime.stage.js';
import { replyOf, until } from './far-end.js';
import { ManualClock } from './manual-clock.js';

const policies: Record<string, Lifetime> = {
  members: { freshMs: 10_000, staleMs: 20_000 },
  roles: { freshMs: 60_000, staleMs: 0 },
  permissions: { freshMs: 5_000, staleMs: 0 },
};

/** How long a look at the write log counts. */
const WINDOW_MS = 10;

/** The cached stage of one replica, with Logto, the write log in Redis and all clocks in the test's hands. */
export class CachedStand {
  /** Milliseconds since the epoch, as the memory sees them. */
  now = 1_000_000;
  readonly clock = new ManualClock();
  readonly asked: UpstreamRequest[] = [];
  answer: (request: UpstreamRequest) => Promise<UpstreamReply> = async () => replyOf({ call: this.asked.length });
  /** What stands in Redis. */
  readonly records: (readonly [Position, LogRecord])[] = [];
  readonly writeLog: WriteLog;
  readonly exchange: Exchange;
  readonly #redis = { isAway: false, reportLoss: () => undefined, onBack: () => undefined };
  #isSilent = false;

  constructor() {
    const log = {
      look: async (from: Position) => {
        if (this.#isSilent) throw new RedisUnavailable('no answer in time');
        const records = this.records.filter(([position]) => !isAfter(from, position));
        return { now: this.#redisNow(), history: 'first', records };
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
      longestWriteMs: 60_000,
      refuses: false,
      clock: this.clock,
    });
    const policyOf = ({ freshness }: { freshness: { policy: string } }): Lifetime =>
      policies[freshness.policy] ?? { freshMs: 0, staleMs: 0 };
    const memory = new Memory(new MemoryStore(1_000_000), this.writeLog.versions, () => this.now);
    this.exchange = pipe(
      cached({ memory, writeLog: this.writeLog, policyOf }),
      // In the middle of its range, jitter changes nothing.
      lifetimes({ policyOf, missingMs: 5000, random: () => 0.5 }),
    )((request) => {
      this.asked.push(request);
      return this.answer(request);
    });
  }

  /** Until a question has reached Logto. */
  asking(method: string): Promise<void> {
    return until(`a ${method}`, () => this.asked.some((request) => request.method === method));
  }

  /** Another replica writes; this one finds out with its next look. */
  writtenElsewhere(tags: readonly string[], type: LogRecord['type'] = 'end'): void {
    this.#append({ type, write: 'theirs', tags, forMs: 60_000 });
  }

  /** The last look counts no more. */
  async lookIsOver(): Promise<void> {
    await this.clock.advance(WINDOW_MS);
  }

  /** Redis does not answer from now on: what others write is not known. */
  async becomeUnknown(): Promise<void> {
    this.#isSilent = true;
    await this.lookIsOver();
  }

  /** Redis has not answered for long: it is not even asked. */
  async becomeAlone(): Promise<void> {
    this.#redis.isAway = true;
    await this.becomeUnknown();
  }

  #append(record: LogRecord): Position {
    const position = `${this.#redisNow()}-${this.records.length}`;
    this.records.push([position, record]);
    return position;
  }

  /** The clock of Redis shows the time of day. */
  readonly #redisNow = (): number => 1_000_000 + this.clock.now();
}
