import { LRUCache } from 'lru-cache';
import type { AccessRule } from '../access/permissions.js';
import type { Entry } from '../cache/entry.js';
import type { ReadNote } from '../context/request-context.js';
import type { Encoding } from '../http/entity-tag.js';

/** The bytes of an answer with what is said of them. */
export interface ReadyBody {
  readonly head: readonly string[];
  /** Text where it is short: Node then writes head and body in one go. */
  readonly bytes: Buffer | string;
}

/** An answer in one encoding. */
export interface Variant {
  /** Names and values that are the same in every such answer, one after the other, and say nothing of bytes. */
  readonly head: readonly string[];
  /** Undefined: only 304 can be answered so far. */
  readonly body: ReadyBody | undefined;
}

/** A read whose answer is remembered. */
export type KeptRead = ReadNote & { readonly entry: Entry };

/** An answer that may be given again, and what it takes to know whether it may. */
export interface Kept {
  /** The route's pattern, for the metrics. */
  readonly route: string;
  readonly rule: AccessRule;
  readonly organizationId: string | undefined;
  /** Without quotes and encoding. */
  readonly etag: string;
  /** Bytes before they are encoded; the encoding is chosen by them. */
  readonly size: number;
  readonly reads: readonly KeptRead[];
  /** Kinds of reads and how many there are of each, for the metrics. */
  readonly spared: readonly (readonly [name: string, count: number])[];
  /** Milliseconds since the epoch. */
  readonly goodUntil: number;
  readonly variants: Map<Encoding, Variant>;
}

/** What an answer costs beside its bytes: key, headers, notes. */
const OVERHEAD_BYTES = 4096;

/** The bytes as they are and, for who asks so, compressed: what is added later is counted from the start. */
const sizeOf = ({ size }: Kept): number => OVERHEAD_BYTES + 2 * size;

/** Answers kept ready, bounded by bytes: what was not used for longest goes first. */
export const keptAnswers = (maxBytes: number): LRUCache<string, Kept> => {
  const maxSize = Math.max(1, maxBytes);
  return new LRUCache({ maxSize, maxEntrySize: maxSize, sizeCalculation: sizeOf });
};
