/** Stands for all tags. */
export const EVERYTHING = '*';

/** A record of the write log. A write is a `begin` and an `end` with one id; any other invalidation is a lone `end`. */
export interface LogRecord {
  readonly type: 'begin' | 'end';
  /** The id of the write. A delayed `end` may have several, separated by commas. */
  readonly write: string;
  /** `begin`: what is being written. `end`: what it invalidates; nothing when the write was never sent. */
  readonly tags: readonly string[];
  /** `begin`: how long after this record the write counts as ended when no `end` follows. */
  readonly forMs: number;
}

/** Joins the fields with spaces, which tags cannot contain. */
export const encodeRecord = ({ type, write, tags, forMs }: LogRecord): string =>
  [type, write, forMs, ...tags].join(' ');

export function decodeRecord(text: string): LogRecord {
  const [type, write = '', forMs, ...tags] = text.split(' ');
  return { type: type === 'begin' ? 'begin' : 'end', write, tags, forMs: Number(forMs) };
}
