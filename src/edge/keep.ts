import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Memory } from '../cache/memory.js';
import { type ReadNote, requestContext } from '../context/request-context.js';
import { type Encoding, entityTag } from '../http/entity-tag.js';
import type { Representation } from '../http/representation.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import type { Answer, AddressedRequest, Headers } from '../http/send.js';
import type { Metrics } from '../observability/metrics.js';
import { askedFor } from '../observability/request-log.js';
import { isStale } from '../upstream/exchange.js';
import { startOf } from './head.js';
import type { Kept, KeptRead, Variant } from './kept.js';
import { isPlainRead } from './plain-request.js';
import { readyBody } from './write-ready.js';

/** Headers that each answer has of its own; all others are the same whenever the answer is. */
const OWN = new Set([
  'x-request-id',
  'age',
  'cache-status',
  'server-timing',
  'ratelimit',
  'ratelimit-policy',
  'connection',
]);
/** What a 304 does not carry. */
const OF_WHOLE = new Set(
  ['Content-Type', 'Content-Length', 'Content-Encoding', ...SECURITY_HEADERS.map(([name]) => name)].map((name) =>
    name.toLowerCase(),
  ),
);

const KEPT_STATUSES = new Set([200, 304]);

/** An answer that is about to be sent. */
export interface Sent {
  readonly request: AddressedRequest;
  readonly representation: Representation;
  readonly answer: Answer;
  /** Gives all headers it carries. */
  readonly headers: () => Headers;
}

/**
 * The answer as it may be given again, if it may.
 * @param before what is kept of the same question; other encodings of the same answer are taken over
 */
export function keptOf(
  { request, representation, answer, headers }: Sent,
  before: Kept | undefined,
  { memory, metrics }: { readonly memory: Pick<Memory, 'now'>; readonly metrics: Pick<Metrics, 'edgeSeries'> },
): Kept | undefined {
  const { payload, provenance, options } = representation;
  const { rule, params, route, originalUrl } = request as AuthenticatedRequest;
  const noted = requestContext()?.reads ?? [];
  const reads = noted.filter(isKept);
  const isRepeatable = reads.length > 0 && reads.length === noted.length;
  if (!rule || !KEPT_STATUSES.has(answer.status) || !isPlainRead(request)) return undefined;
  if (!isRepeatable || options.storable === false || isStale(provenance)) return undefined;
  // An aggregate says where its parts came from: the next time it will be the cache.
  if (options.goodForMs !== undefined && provenance.source !== 'cache') return undefined;

  const etag = options.etag ?? payload.etag;
  const isSame = before?.etag === etag && options.goodForMs === undefined && sameParts(before.reads, reads);
  const variants = isSame ? before.variants : new Map<Encoding, Variant>();
  variants.set(answer.encoding, variantOf(etag, answer, headers(), variants.get(answer.encoding)));
  if (isSame) return before;
  const { path } = route as { readonly path: string };
  return {
    durations: { 200: metrics.edgeSeries(path, 200), 304: metrics.edgeSeries(path, 304) },
    asked: askedFor('GET', originalUrl),
    rule,
    organizationId: params['id'] as string | undefined,
    admitted: new WeakSet(),
    etag,
    size: payload.bytes.length,
    reads,
    spared: countOf(reads.map(({ name }) => name)),
    goodUntil: memory.now() + (options.goodForMs ?? Infinity),
    variants,
    standing: undefined,
  };
}

const isKept = (note: ReadNote): note is KeptRead => note.entry !== undefined;

const sameParts = (before: readonly KeptRead[], now: readonly KeptRead[]): boolean =>
  before.length === now.length && before.every(({ entry }, index) => entry === now[index]?.entry);

const countOf = (names: readonly string[]): [name: string, count: number][] =>
  [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]);

const variantOf = (
  etag: string,
  { bytes, encoding }: Answer,
  headers: Headers,
  before: Variant | undefined,
): Variant => {
  const constant = headers.filter(([name]) => !OWN.has(name.toLowerCase()));
  const unchanged = constant.filter(([name]) => !OF_WHOLE.has(name.toLowerCase()));
  const whole = bytes && { head: startOf(200, constant), body: readyBody(bytes) };
  return {
    entityTag: entityTag(etag, encoding),
    unchangedHead: startOf(304, unchanged),
    whole: whole ?? before?.whole,
  };
};
