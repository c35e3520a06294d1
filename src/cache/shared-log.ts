import { callScript, type SharedRedis } from '../redis/shared-redis.js';
import { APPEND_TO_LOG, READ_LOG } from '../redis/scripts/write-log.js';
import type { Position } from '../core/position.js';
import { decodeRecord, encodeRecord, type LogRecord } from './log-record.js';

/** A replica that falls behind by more records than this has to reset its cache. */
const MAX_RECORDS = 200_000;

export interface LogPage {
  /** Redis' clock, in milliseconds since the epoch. */
  readonly now: number;
  /** Identifies the data set: it changes with a restart or failover, or with each connection when INFO is forbidden. */
  readonly replicationId: string;
  readonly records: readonly (readonly [Position, LogRecord])[];
}

/** The write log, a stream in Redis. Its methods throw RedisUnavailable. */
export class SharedLog {
  readonly #key: string;
  readonly #absentKey: string;

  /** @param retentionMs how long records are kept: longer than any entry that is validated by them may live */
  constructor(
    readonly redis: SharedRedis,
    private readonly retentionMs: number,
  ) {
    this.#key = redis.slotKey('writes');
    this.#absentKey = redis.slotKey('never-written');
  }

  /** At most `count` records, starting with the one at `from` if the log still has it. */
  async readFrom(from: Position, count: number): Promise<LogPage> {
    const [now, replicationId, records] = (await this.redis.runWithRetry(
      (client) => callScript(client, READ_LOG, [this.#key, this.#absentKey], from, count),
      this.redis.timeoutMs,
    )) as [number, string, [Position, [name: string, text: string]][]];
    return {
      now,
      replicationId: replicationId || this.redis.connectionId,
      records: records.map(([position, [, text]]) => [position, decodeRecord(text)]),
    };
  }

  async append(record: LogRecord): Promise<Position> {
    const args = [encodeRecord(record), this.retentionMs, MAX_RECORDS];
    return (await this.redis.runWithRetry((client) =>
      callScript(client, APPEND_TO_LOG, [this.#key], ...args),
    )) as Position;
  }
}
