import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import { denialOf } from '../access/may.js';
import { principalOf } from '../access/principal.js';
import type { TokenVerifier } from '../access/token-verifier.js';
import { ttlOf } from '../cache/entry.js';
import type { Fence } from '../cache/fence.js';
import type { Memory } from '../cache/memory.js';
import { type ReadNote, requestContext } from '../context/request-context.js';
import { age, cacheStatus } from '../http/cache-status.js';
import { chooseEncoding } from '../http/compression.js';
import { type Encoding, namesEntity } from '../http/entity-tag.js';
import { headersOfBytes } from '../http/send.js';
import type { Representation } from '../http/representation.js';
import { requestIdOf } from '../http/request-context.middleware.js';
import { timing } from '../http/server-timing.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import type { Metrics } from '../observability/metrics.js';
import type { ServedRequest } from '../observability/request-log.js';
import { isStale, type Provenance } from '../upstream/exchange.js';
import { type Kept, keptAnswers, type KeptRead, type ReadyBody, type Variant } from './kept.js';

export interface EdgeOptions {
  /** How much memory the answers kept may take. */
  readonly maxBytes: number;
  readonly verifier: Pick<TokenVerifier, 'recall'>;
  readonly memory: Memory;
  readonly fence: Fence;
  /** Undefined: nobody is limited. */
  readonly limiter: RateLimiter | undefined;
  readonly metrics: Pick<Metrics, 'edgeAnswer'>;
  readonly log: (served: ServedRequest) => void;
  /** Something is the matter that only the long way knows how to say. */
  readonly isClosed: () => boolean;
}

/** Headers that each answer has of its own; all others are the same whenever the answer is. */
const OWN = new Set(['x-request-id', 'age', 'cache-status', 'server-timing', 'ratelimit', 'ratelimit-policy']);
/** Headers about the bytes, which a 304 does not have. */
const OF_BYTES = new Set(['content-type', 'content-length', 'content-encoding']);

/** Request headers that change what an answer is, or who is to be answered how; the long way knows. */
const SPECIAL = [
  'cache-control',
  'origin',
  'range',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
] as const;

const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined ||
  accept === '*/*' ||
  // Whoever weighs media types is answered the long way.
  (!accept.includes('q=') && /(^|[\s,])(\*\/\*|application\/json)($|[\s,])/.test(accept));

const isPlain = (headers: IncomingHttpHeaders): boolean =>
  acceptsJson(headers.accept) && SPECIAL.every((name) => headers[name] === undefined);

const KEPT_STATUSES = new Set([200, 304]);
const NO_BODY: ReadyBody = { head: [], bytes: '' };

const BEARER = 'Bearer ';

/** Whose eyes see the same: all services, all members of whatever organization, and each user what is its own. */
const viewOf = ({ kind, subject }: Caller): string => (kind === 'user' ? `user ${subject}` : kind);

/**
 * The short way for repeat reads: a known token, a caller who may, and an answer all of whose parts are remembered and true
 * are all it takes. It asks the same memory, fence and rules as the long way, which it leaves everything else to.
 */
export class Edge {
  readonly #kept;

  constructor(private readonly options: EdgeOptions) {
    this.#kept = keptAnswers(options.maxBytes);
  }

  /** Writes the whole answer, or does nothing and says so. */
  readonly serve = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { headers, url = '' } = request;
    if (request.method !== 'GET' || !isPlain(headers) || !headers.authorization?.startsWith(BEARER)) return false;
    const startedAt = performance.now();
    const { verifier, limiter, metrics, log, isClosed } = this.options;
    const caller = verifier.recall(headers.authorization.slice(BEARER.length));
    const kept = caller && this.#kept.get(`${viewOf(caller)} ${url}`);
    if (!kept || isClosed() || denialOf(caller, kept.rule, kept.organizationId)) return false;
    const provenance = this.#provenanceOf(kept);
    const variant = provenance && kept.variants.get(chooseEncoding(request, kept.size));
    if (!variant) return false;
    const named = headers['if-none-match'];
    const body = named !== undefined && namesEntity(named, kept.etag, 'weak') ? NO_BODY : variant.body;
    if (!body) return false;
    // Who has nothing left has used nothing by asking, and is told so the long way.
    const allowance = limiter?.take(principalOf(caller));
    if (allowance?.allowed === false) return false;

    const requestId = requestIdOf(headers);
    const status = body === NO_BODY ? 304 : 200;
    const head = [...variant.head, ...body.head, 'X-Request-Id', requestId, 'Age', age(provenance)];
    head.push('Cache-Status', cacheStatus(provenance), 'Server-Timing', timing(performance.now() - startedAt, 0, 0));
    if (allowance) head.push('RateLimit-Policy', allowance.policy, 'RateLimit', allowance.state);
    response.writeHead(status, head).end(body.bytes, 'utf8');

    const durationMs = performance.now() - startedAt;
    metrics.edgeAnswer(kept.route, status, kept.spared, durationMs);
    log({ requestId, method: 'GET', url, status, durationMs, caller, upstreamCalls: 0, aborted: false });
    return true;
  };

  /** Keeps an answer of the long way that may be given again. */
  readonly keep = (
    request: Request,
    response: Response,
    { payload, provenance, options }: Representation,
    encoding: Encoding,
    bytes: Buffer | undefined,
  ): void => {
    const { caller, rule, params, route, originalUrl } = request as AuthenticatedRequest;
    const reads = (requestContext()?.reads ?? []).filter(isKept);
    const isRepeatable = reads.length > 0 && reads.length === requestContext()?.reads.length;
    if (request.method !== 'GET' || !KEPT_STATUSES.has(response.statusCode) || !rule || !isPlain(request.headers))
      return;
    if (!isRepeatable || options.storable === false || isStale(provenance)) return;
    // An aggregate says where its parts came from: the next time it will be the cache.
    if (options.goodForMs !== undefined && provenance.source !== 'cache') return;

    const key = `${viewOf(caller)} ${originalUrl}`;
    const etag = options.etag ?? payload.etag;
    const before = this.#kept.get(key);
    const isSame = before?.etag === etag && options.goodForMs === undefined && sameParts(before.reads, reads);
    const variants = isSame ? before.variants : new Map<Encoding, Variant>();
    const body = bytes ? readyBody(bytes, encoding) : variants.get(encoding)?.body;
    variants.set(encoding, { head: constantHead(response), body });
    if (isSame) return;
    this.#kept.set(key, {
      route: (route as { readonly path: string }).path,
      rule,
      organizationId: params['id'] as string | undefined,
      etag,
      size: payload.bytes.length,
      reads,
      spared: countOf(reads.map(({ name }) => name)),
      goodUntil: this.options.memory.now() + (options.goodForMs ?? Infinity),
      variants,
    });
  };

  /** Where the answer comes from now; undefined when it is not true or not fresh any more. */
  #provenanceOf({ reads, goodUntil }: Kept): Provenance | undefined {
    const { memory, fence } = this.options;
    const now = memory.now();
    if (now >= goodUntil) return undefined;
    const isTrusted = fence.trusted;
    let ttlMs = Infinity;
    let ageMs = 0;
    for (const { key, entry, lifetime } of reads) {
      if (memory.get(key) !== entry) return undefined;
      ttlMs = Math.min(ttlMs, ttlOf(entry, lifetime, now, isTrusted));
      ageMs = Math.max(ageMs, now - entry.storedAt);
    }
    return ttlMs > 0 ? { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false } : undefined;
  }
}

const countOf = (names: readonly string[]): [name: string, count: number][] =>
  [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]);

const isKept = (note: ReadNote): note is KeptRead => note.entry !== undefined;

const sameParts = (before: readonly KeptRead[], now: readonly KeptRead[]): boolean =>
  before.length === now.length && before.every(({ entry }, index) => entry === now[index]?.entry);

/** The headers as they are about to be sent, but for those of this one answer and of its bytes. */
const constantHead = (response: Response): string[] =>
  response
    .getHeaderNames()
    .filter((name) => !OWN.has(name) && !OF_BYTES.has(name))
    .flatMap((name) => [response.getHeader(name) ?? []].flat().flatMap((value) => [name, String(value)]));

const SHORT_BYTES = 16 * 1024;

const readyBody = (bytes: Buffer, encoding: Encoding): ReadyBody => ({
  head: Object.entries(headersOfBytes(bytes, encoding)).flat(),
  bytes: encoding === 'identity' && bytes.length < SHORT_BYTES ? bytes.toString() : bytes,
});
