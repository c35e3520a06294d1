/** The id of a record in the write log, a Redis stream: `milliseconds-sequence`. A later record has a greater one. */
export type Position = string;

/** Before every record. */
export const BEGINNING: Position = '0-0';

/** Milliseconds of Redis' clock at which a record was appended. */
export const timeOf = (position: Position): number => Number(position.split('-', 1)[0]);

const sequenceOf = (position: Position): number => Number(position.slice(position.indexOf('-') + 1));

export const isAfter = (one: Position, other: Position): boolean =>
  timeOf(one) === timeOf(other) ? sequenceOf(one) > sequenceOf(other) : timeOf(one) > timeOf(other);
