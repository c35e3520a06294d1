import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import { denialOf } from '../access/may.js';
import { principalOf } from '../access/principal.js';
import type { TokenVerifier } from '../access/token-verifier.js';
import { freshUntilOf } from '../cache/entry.js';
import type { Memory } from '../cache/memory.js';
import type { WriteLog } from '../cache/write-log.js';
import { age, cacheStatus } from '../http/cache-status.js';
import { chooseEncoding } from '../http/compression.js';
import { namesEntity } from '../http/entity-tag.js';
import type { Departures } from '../http/departures.js';
import type { OnAnswer } from '../http/gateway.adapter.js';
import { requestIdOf } from '../http/request-context.middleware.js';
import { timing } from '../http/server-timing.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import type { Metrics } from '../observability/metrics.js';
import type { RequestLog } from '../observability/request-log.js';
import type { Provenance } from '../upstream/exchange.js';
import type { AnswerDirectly } from './answer-directly.js';
import type { FindRoute } from './direct-routes.js';
import { requestLines } from './head.js';
import { keptOf } from './keep.js';
import { type Kept, keptAnswers, type Standing } from './kept.js';
import { isPlainRead } from './plain-request.js';
import { writeReady } from './write-ready.js';

export interface EdgeOptions {
  /** How much memory the answers kept may take. */
  readonly maxBytes: number;
  readonly verifier: Pick<TokenVerifier, 'recall'>;
  readonly memory: Memory;
  readonly writeLog: Pick<WriteLog, 'isSynced'>;
  /** Undefined: nobody is limited. */
  readonly limiter: RateLimiter | undefined;
  readonly metrics: Pick<Metrics, 'edgeAnswer' | 'edgeSeries'>;
  readonly log: RequestLog;
  readonly findRoute: FindRoute;
  readonly directly: AnswerDirectly;
  readonly departures: Departures;
  /** Told of an answer that is under way. */
  readonly onPending: (response: ServerResponse) => void;
  /** How the head of an answer ends. */
  readonly endOfHead: () => string;
  /** Something is the matter that only the long way knows how to say. */
  readonly isClosed: () => boolean;
}

const BEARER = 'Bearer ';

/** An aggregate's bytes are given on for so long while one request has them made anew. */
const RENEWAL_MS = 1000;

/** Whose eyes see the same: all services, all members of whatever organization, and each user what is its own. */
const viewOf = ({ kind, subject }: Caller): string => (kind === 'user' ? `user ${subject}` : kind);

/**
 * The short way for plain reads by a known token: an answer is given again while all its parts are remembered and true, or
 * the controller is asked at once. It asks the same memory, write log, rules and limiter as the long way through the framework,
 * which it leaves everything else to.
 */
export class Edge {
  readonly #kept;

  constructor(private readonly options: EdgeOptions) {
    this.#kept = keptAnswers(options.maxBytes);
  }

  /** Answers, or does nothing and says so. */
  readonly serve = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { headers } = request;
    if (!headers.authorization?.startsWith(BEARER) || !isPlainRead(request)) return false;
    const startedAt = performance.now();
    const { verifier, isClosed } = this.options;
    const caller = verifier.recall(headers.authorization.slice(BEARER.length));
    if (!caller || isClosed()) return false;
    return this.#repeat(caller, request, response, startedAt) || this.#direct(caller, request, response);
  };

  /** Gives an answer again that was given before. */
  #repeat(caller: Caller, request: IncomingMessage, response: ServerResponse, startedAt: number): boolean {
    const { headers, url = '' } = request;
    const { limiter, metrics, log, endOfHead, departures } = this.options;
    const kept = this.#kept.get(`${viewOf(caller)} ${url}`);
    // A head that is ready says that the connection is kept.
    if (!kept || !response.shouldKeepAlive || !admits(kept, caller)) return false;
    const provenance = this.#provenanceOf(kept);
    const variant = provenance && kept.variants.get(chooseEncoding(request, kept.size));
    if (!variant) return false;
    const named = headers['if-none-match'];
    const isUnchanged = named !== undefined && (named === variant.entityTag || namesEntity(named, kept.etag, 'weak'));
    if (!isUnchanged && !variant.whole) return false;
    // Who has nothing left has used nothing by asking, and is told so the long way.
    const allowance = limiter?.take(principalOf(caller));
    if (allowance?.allowed === false) return false;

    const requestId = requestIdOf(headers);
    const durationMs = performance.now() - startedAt;
    const own =
      `Age: ${age(provenance)}\r\nCache-Status: ${cacheStatus(provenance)}\r\nServer-Timing: ${timing(durationMs, 0, 0)}\r\n` +
      requestLines(requestId, allowance) +
      endOfHead();
    if (isUnchanged) writeReady(response, 304, variant.unchangedHead + own, '', departures);
    else if (variant.whole) writeReady(response, 200, variant.whole.head + own, variant.whole.body, departures);

    const status = isUnchanged ? 304 : 200;
    kept.durations[status].observe(durationMs / 1000);
    metrics.edgeAnswer(kept.spared);
    log({ requestId, asked: kept.asked, status, durationMs, caller, upstreamCalls: 0, aborted: false });
    return true;
  }

  /** Has the route's method answer. */
  #direct(caller: Caller, request: IncomingMessage, response: ServerResponse): boolean {
    const { findRoute, directly, limiter, onPending } = this.options;
    const found = findRoute(request.url?.split('?', 1)[0] ?? '');
    if (!found || denialOf(caller, found.route.rule, found.params['id'])) return false;
    const allowance = limiter?.take(principalOf(caller));
    if (allowance?.allowed === false) return false;
    onPending(response);
    directly.answer({ found, caller, allowance, request: request as AuthenticatedRequest, response });
    return true;
  }

  /** Keeps an answer that may be given again. */
  readonly keep: OnAnswer = (request, representation, answer, headers) => {
    const { caller, originalUrl } = request as AuthenticatedRequest;
    // Routes for everybody have no caller, and nothing that is remembered.
    if ((caller as Caller | undefined) === undefined) return;
    const key = `${viewOf(caller)} ${originalUrl}`;
    const before = this.#kept.get(key);
    const kept = keptOf({ request, representation, answer, headers }, before, this.options);
    if (kept && kept !== before) this.#kept.set(key, kept);
  };

  /** Where the answer comes from now; undefined when it is not true or not fresh any more. */
  #provenanceOf(kept: Kept): Provenance | undefined {
    const now = this.options.memory.now();
    if (now >= kept.goodUntil) {
      // Who comes first makes it anew; the others have it until then, or all of them would make the same.
      kept.goodUntil = now + RENEWAL_MS;
      return undefined;
    }
    const standing = this.#standingOf(kept);
    if (!standing || standing.freshUntil <= now) return undefined;
    const { freshUntil, storedAt } = standing;
    return { source: 'cache', ageMs: now - storedAt, ttlMs: freshUntil - now, stored: false, collapsed: false };
  }

  #standingOf(kept: Kept): Standing | undefined {
    const { memory, writeLog } = this.options;
    // The long way finds out first what was written elsewhere.
    if (!writeLog.isSynced()) return undefined;
    const { version } = memory;
    const last = kept.standing;
    if (last?.version === version) return last;
    let freshUntil = Infinity;
    let storedAt = Infinity;
    for (const { key, entry, lifetime } of kept.reads) {
      if (memory.get(key) !== entry) return undefined;
      freshUntil = Math.min(freshUntil, freshUntilOf(entry, lifetime));
      storedAt = Math.min(storedAt, entry.storedAt);
    }
    kept.standing = { version, freshUntil, storedAt };
    return kept.standing;
  }
}

const admits = ({ admitted, rule, organizationId }: Kept, caller: Caller): boolean => {
  if (admitted.has(caller)) return true;
  if (denialOf(caller, rule, organizationId)) return false;
  admitted.add(caller);
  return true;
};
