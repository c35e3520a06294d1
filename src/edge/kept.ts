import { LRUCache } from 'lru-cache';
import type { AccessRule } from '../access/permissions.js';
import type { Caller } from '../access/caller.js';
import type { Entry } from '../cache/entry.js';
import { residentBytes } from '../cache/resident.js';
import type { ReadNote } from '../context/request-context.js';
import type { Encoding } from '../http/entity-tag.js';
import type { Series } from '../observability/durations.js';
import type { Asked } from '../observability/request-log.js';

/** An answer in one encoding, as it goes to the socket. */
export interface Variant {
  /** The `ETag` it is sent with. */
  readonly entityTag: string;
  /** Status line and headers of a 304 that are the same in every such answer. */
  readonly unchangedHead: string;
  /** The answer itself; undefined: only 304 can be answered so far. */
  readonly whole: { readonly head: string; readonly body: Buffer | string } | undefined;
}

/** A read whose answer is remembered. */
export type KeptRead = ReadNote & { readonly entry: Entry };

/** An answer that may be given again, and what it takes to know whether it may. */
export interface Kept {
  /** For the metrics: how long answers of this route took. */
  readonly durations: Readonly<Record<200 | 304, Series>>;
  readonly asked: Asked;
  readonly rule: AccessRule;
  readonly organizationId: string | undefined;
  /** Callers the rule was found to admit. They and it never change. */
  readonly admitted: WeakSet<Caller>;
  /** Without quotes and encoding. */
  readonly etag: string;
  /** Bytes before they are encoded; the encoding is chosen by them. */
  readonly size: number;
  readonly reads: readonly KeptRead[];
  /** Kinds of reads and how many there are of each, for the metrics. */
  readonly spared: readonly (readonly [name: string, count: number])[];
  /** Milliseconds since the epoch: when what its bytes say of their age is to be said anew. */
  goodUntil: number;
  readonly variants: Map<Encoding, Variant>;
  /** Undefined until it is given for the first time. */
  standing: Standing | undefined;
}

/** What was found when all parts were last looked at. It holds while the memory's version stays the same. */
export interface Standing {
  readonly version: number;
  /** Milliseconds since the epoch: when the first part is no longer fresh. */
  readonly freshUntil: number;
  /** Milliseconds since the epoch: when the oldest part was said. */
  readonly storedAt: number;
}

/** What an answer costs beside its bytes: key, headers, notes. */
const OVERHEAD_BYTES = 4096;

/** The bytes as they are and, for who asks so, compressed: what is added later is counted from the start. */
const sizeOf = ({ size }: Kept): number => residentBytes(OVERHEAD_BYTES + 2 * size);

/** Answers kept ready, bounded by bytes: what was not used for longest goes first. */
export const keptAnswers = (maxBytes: number): LRUCache<string, Kept> => {
  const maxSize = Math.max(1, maxBytes);
  return new LRUCache({ maxSize, maxEntrySize: maxSize, sizeCalculation: sizeOf });
};
