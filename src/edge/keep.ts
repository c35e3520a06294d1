import { STATUS_CODES } from 'node:http';
import type { Request, Response } from 'express';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Memory } from '../cache/memory.js';
import { type ReadNote, requestContext } from '../context/request-context.js';
import { type Encoding, entityTag } from '../http/entity-tag.js';
import type { Representation } from '../http/representation.js';
import { headersOfBytes } from '../http/send.js';
import type { Metrics } from '../observability/metrics.js';
import { askedFor } from '../observability/request-log.js';
import { isStale } from '../upstream/exchange.js';
import type { Kept, KeptRead, Variant } from './kept.js';
import { isPlainRead } from './plain-request.js';
import { bytesAsText } from './write-ready.js';

/** Headers that each answer has of its own, and those about its bytes; all others are the same whenever the answer is. */
const NOT_CONSTANT = new Set([
  ...['x-request-id', 'age', 'cache-status', 'server-timing', 'ratelimit', 'ratelimit-policy', 'connection'],
  ...['content-type', 'content-length', 'content-encoding'],
]);

const KEPT_STATUSES = new Set([200, 304]);

/** Up to this size head and body go to the socket as one text; larger bodies are not copied. */
const SHORT_BYTES = 16 * 1024;

/** An answer of the long way as it is handed to be sent. */
export interface Sent {
  readonly request: Request;
  readonly response: Response;
  readonly representation: Representation;
  readonly encoding: Encoding;
  /** Undefined where a 304 spared making them. */
  readonly bytes: Buffer | undefined;
}

/**
 * The answer as it may be given again, if it may.
 * @param before what is kept of the same question; other encodings of the same answer are taken over
 */
export function keptOf(
  sent: Sent,
  before: Kept | undefined,
  { memory, metrics }: { readonly memory: Pick<Memory, 'now'>; readonly metrics: Pick<Metrics, 'edgeSeries'> },
): Kept | undefined {
  const { request, response, encoding, bytes } = sent;
  const { payload, provenance, options } = sent.representation;
  const { rule, params, route, originalUrl } = request as AuthenticatedRequest;
  const noted = requestContext()?.reads ?? [];
  const reads = noted.filter(isKept);
  const isRepeatable = reads.length > 0 && reads.length === noted.length;
  if (!rule || !KEPT_STATUSES.has(response.statusCode) || !isPlainRead(request)) return undefined;
  if (!isRepeatable || options.storable === false || isStale(provenance)) return undefined;
  // An aggregate says where its parts came from: the next time it will be the cache.
  if (options.goodForMs !== undefined && provenance.source !== 'cache') return undefined;

  const etag = options.etag ?? payload.etag;
  const isSame = before?.etag === etag && options.goodForMs === undefined && sameParts(before.reads, reads);
  const variants = isSame ? before.variants : new Map<Encoding, Variant>();
  const whole = bytes ? wholeOf(response, encoding, bytes) : variants.get(encoding)?.whole;
  variants.set(encoding, { entityTag: entityTag(etag, encoding), unchangedHead: headOf(304, response), whole });
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
  };
}

const isKept = (note: ReadNote): note is KeptRead => note.entry !== undefined;

const sameParts = (before: readonly KeptRead[], now: readonly KeptRead[]): boolean =>
  before.length === now.length && before.every(({ entry }, index) => entry === now[index]?.entry);

const countOf = (names: readonly string[]): [name: string, count: number][] =>
  [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]);

const wholeOf = (response: Response, encoding: Encoding, bytes: Buffer): Variant['whole'] => ({
  head: headOf(200, response) + linesOf(Object.entries(headersOfBytes(bytes, encoding))),
  body: bytes.length < SHORT_BYTES ? bytesAsText(bytes) : bytes,
});

const headOf = (status: number, response: Response): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${constantHeaders(response)}`;

const linesOf = (headers: readonly (readonly [string, string])[]): string =>
  headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');

/** The headers as they are about to be sent: Node has looked at them when they were set. */
const constantHeaders = (response: Response): string =>
  linesOf(
    response
      .getHeaderNames()
      .filter((name) => !NOT_CONSTANT.has(name))
      .flatMap((name) => [response.getHeader(name) ?? []].flat().map((value) => [name, String(value)] as const)),
  );
