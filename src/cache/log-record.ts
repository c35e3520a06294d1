/** A place in the write log as Redis names it, `milliseconds-number`; a later record has a greater one. */
export type Position = string;

/** Before every record. */
export const BEGINNING: Position = '0-0';

/** Stands for all tags. */
export const EVERYTHING = '*';

/** What the log holds. A write is two records with one `write` id; whatever else makes tags untrue is a lone `end`. */
export interface LogRecord {
  readonly type: 'begin' | 'end';
  /** Of an `end` that was owed: several, separated by commas. */
  readonly write: string;
  /** `begin`: what is being written. `end`: what is untrue since; nothing when the write provably never left. */
  readonly tags: readonly string[];
  /** `begin`: the write counts as ended so long after this record, if nothing is heard of its writer. */
  readonly forMs: number;
}

/** Milliseconds of Redis' clock at which a record was appended. */
export const timeOf = (position: Position): number => Number(position.split('-', 1)[0]);

const numberOf = (position: Position): number => Number(position.slice(position.indexOf('-') + 1));

export const isAfter = (one: Position, other: Position): boolean =>
  timeOf(one) === timeOf(other) ? numberOf(one) > numberOf(other) : timeOf(one) > timeOf(other);

/** A record as text: tags hold no spaces. */
export const encodeRecord = ({ type, write, tags, forMs }: LogRecord): string =>
  [type, write, forMs, ...tags].join(' ');

export function decodeRecord(text: string): LogRecord {
  const [type, write = '', forMs, ...tags] = text.split(' ');
  return { type: type === 'begin' ? 'begin' : 'end', write, tags, forMs: Number(forMs) };
}
