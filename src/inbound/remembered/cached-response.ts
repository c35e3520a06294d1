import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../access/caller.js';
import type { AccessRule } from '../../access/permissions.js';
import { isStale } from '../../core/exchange.js';
import type { ReadNote } from '../../core/request-context.js';
import type { SuccessAnswer } from '../../http/answers/answer.js';
import { type Encoding, entityTag } from '../../http/answers/entity-tag.js';
import { linesOf } from '../../http/answers/headers.js';
import { accepts } from '../../http/answers/media-type.js';
import type { Representation } from '../../http/answers/representation.js';
import { writableBody } from '../visit/answer-writer.js';
import type { Route } from '../routing/route-table.js';
import type { Visit } from '../visit/visit.js';

/** An answer in one encoding, ready for the socket. */
export interface Variant {
  /** The value of `ETag`. */
  readonly entityTag: string;
  /** Its headers, as lines. */
  readonly lines: string;
  /** The body and the headers about it; undefined while only a 304 was given. */
  readonly content: { readonly lines: string; readonly body: Buffer | string } | undefined;
}

/** A read with a cached reply. */
type CachedRead = ReadNote & { readonly entry: object };

/** A remembered answer, and what decides whether it may be given again. */
export interface CachedResponse {
  readonly route: string;
  readonly rule: AccessRule;
  readonly organizationId: string | undefined;
  /** Callers that the rule admits. Neither a caller nor a rule changes, so this stays true. */
  readonly admitted: WeakSet<Caller>;
  /** Without quotes and encoding. */
  readonly etag: string;
  /** The number of bytes before encoding, on which the encoding depends. */
  readonly size: number;
  readonly reads: readonly CachedRead[];
  /** How many reads of each kind it avoids, for the metrics. */
  readonly avoidedReads: readonly (readonly [name: string, count: number])[];
  /** Milliseconds since the epoch: when the ages that its bytes contain must be renewed. */
  validUntil: number;
  readonly variants: Map<Encoding, Variant>;
  /** Undefined before the first check. */
  validity: Validity | undefined;
}

/** The result of the last check of all entries. It is valid while the version of the memory stays the same. */
export interface Validity {
  readonly version: number;
  /** Milliseconds since the epoch: when the first entry is no longer fresh. */
  readonly freshUntil: number;
  /** Milliseconds since the epoch: when Logto sent the oldest entry. */
  readonly storedAt: number;
}

/** Whether a read accepts a cached answer in JSON. Nearly all reads do. */
export const isRepeatable = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers['cache-control'] === undefined && accepts(headers.accept, 'application/json');

const CACHED_STATUSES = new Set([200, 304]);

/**
 * Returns the answer in the form in which it is remembered; undefined if it must not be given again.
 * @param before the remembered answer to the same request; its other encodings are kept if the content is the same
 * @param now milliseconds since the epoch
 */
export function cachedResponseOf(
  visit: Visit,
  { path: route, operation }: Pick<Route, 'path' | 'operation'>,
  representation: Representation,
  answer: SuccessAnswer,
  before: CachedResponse | undefined,
  now: number,
): CachedResponse | undefined {
  const { payload, provenance, options } = representation;
  const reads = visit.reads.filter(isCached);
  const isAllCached = reads.length > 0 && reads.length === visit.reads.length;
  if (!isAllCached || !CACHED_STATUSES.has(answer.status) || !isRepeatable(visit.request)) return undefined;
  if (options.storable === false || isStale(provenance)) return undefined;
  // An aggregate contains the source of its parts, which will be the cache the next time.
  if (options.goodForMs !== undefined && provenance.source !== 'cache') return undefined;

  const etag = options.etag ?? payload.etag;
  const isSame = before?.etag === etag && options.goodForMs === undefined && areSame(before.reads, reads);
  const variants = isSame ? before.variants : new Map<Encoding, Variant>();
  variants.set(answer.encoding, variantOf(etag, answer, variants.get(answer.encoding)));
  if (isSame) return before;
  return {
    route,
    rule: operation.access,
    organizationId: visit.params['id'],
    admitted: new WeakSet(),
    etag,
    size: payload.bytes.length,
    reads,
    avoidedReads: countOf(reads.map(({ name }) => name)),
    validUntil: now + (options.goodForMs ?? Infinity),
    variants,
    validity: undefined,
  };
}

const isCached = (note: ReadNote): note is CachedRead => note.entry !== undefined;

const areSame = (before: readonly CachedRead[], now: readonly CachedRead[]): boolean =>
  before.length === now.length && before.every(({ entry }, index) => entry === now[index]?.entry);

const countOf = (names: readonly string[]): [name: string, count: number][] =>
  [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]);

const variantOf = (
  etag: string,
  { headers, content, bytes, encoding }: SuccessAnswer,
  before: Variant | undefined,
): Variant => ({
  entityTag: entityTag(etag, encoding),
  lines: linesOf(headers),
  content: bytes ? { lines: linesOf(content), body: writableBody(bytes) } : before?.content,
});
