import { callScript, type SharedRedis } from '../redis/shared-redis.js';
import { APPEND, LOOK } from '../redis/scripts/write-log.js';
import { decodeRecord, encodeRecord, type LogRecord, type Position } from './log-record.js';

/** More records than this are not kept: whoever has not read for so many begins anew. */
const MOST_RECORDS = 200_000;

export interface LogPage {
  /** Redis' clock, in milliseconds since the epoch. */
  readonly now: number;
  /** Whose data this is: another one after a restart, a failover, or, where the user may not ask, on another connection. */
  readonly history: string;
  readonly records: readonly (readonly [Position, LogRecord])[];
}

/** The log as Redis holds it. Methods throw RedisUnavailable. */
export class SharedLog {
  readonly #key: string;
  readonly #absentKey: string;

  /** @param keptMs how long records are kept: longer than anything lives that is judged by them */
  constructor(
    readonly redis: SharedRedis,
    private readonly keptMs: number,
  ) {
    this.#key = redis.slotKey('writes');
    this.#absentKey = redis.slotKey('never-written');
  }

  /** At most `count` records, beginning with the one at `from` if it is still there. */
  async look(from: Position, count: number): Promise<LogPage> {
    const [now, history, records] = (await this.redis.insist(
      (client) => callScript(client, LOOK, [this.#key, this.#absentKey], from, count),
      this.redis.timeoutMs,
    )) as [number, string, [Position, [name: string, text: string]][]];
    return {
      now,
      history: history || this.redis.connectionId,
      records: records.map(([position, [, text]]) => [position, decodeRecord(text)]),
    };
  }

  async append(record: LogRecord): Promise<Position> {
    const args = [encodeRecord(record), this.keptMs, MOST_RECORDS];
    return (await this.redis.insist((client) => callScript(client, APPEND, [this.#key], ...args))) as Position;
  }
}
