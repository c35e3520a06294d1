import { ALONE_FRESH_MS, effectiveLifetime, type Entry, freshUntilOf } from '../../cache/entry.js';
import { type Sync, SYNCED } from '../../core/sync.js';
import type { MemoryCache } from '../../cache/memory-cache.js';
import type { WriteLog } from '../../cache/write-log.js';
import { requestContext, withoutRequestContext } from '../../core/request-context.js';
import type { Exchange, Lifetime, ReadRequest, Stage, UpstreamReply, WriteRequest } from '../../core/exchange.js';
import { BackgroundRefresh } from './background-refresh.js';
import { NotCached, UpstreamFault } from '../../core/faults.js';

export interface CachedOptions {
  readonly memory: MemoryCache;
  readonly writeLog: WriteLog;
  /** How long the reply to a read may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
}

const NO_LIFETIME: Lifetime = { freshMs: 0, staleMs: 0 };

/** Logto, or a proxy in front of it, cannot answer for the moment. */
const isFailing = ({ status }: UpstreamReply): boolean => status === 429 || status >= 500;

/** Statuses that Logto answers before it looks at the request: it rejects our token, or limits the rate. */
const REJECTED_UNPROCESSED = new Set([401, 403, 429]);

/** The write never reached Logto: the circuit was open, a queue was full, or there was no connection or no token. */
const wasNeverSent = (error: unknown): boolean => error instanceof UpstreamFault && error.options.wrote !== true;

/**
 * Answers reads from memory, once the writes of other replicas are known. A stale reply is served while Logto is asked again in
 * the background (stale-while-revalidate) or when Logto fails (stale-if-error). A write is announced to all replicas even when
 * it failed, because its effect is unknown then; one that was never sent invalidates nothing.
 */
export const cached = ({ memory, writeLog, policyOf }: CachedOptions): Stage => {
  const backgroundRefresh = new BackgroundRefresh(memory.now);
  const { versions } = writeLog;

  /** The cached entry, and how it may be used now. */
  const candidateFor = (request: ReadRequest, { state }: Sync): Candidate | undefined => {
    const entry = memory.getUnlessWritten(request.path);
    if (!entry) return undefined;
    const lifetime = effectiveLifetime(entry, policyOf(request));
    const now = memory.now();
    const ageMs = now - entry.storedAt;
    const ttlMs = freshUntilOf(entry, lifetime, state) - now;
    const isUsable = ageMs < lifetime.freshMs + lifetime.staleMs;
    // While other writes are unknown, or one of its tags is being written, Logto must be asked first.
    const isValid = state !== 'unknown' && memory.get(request.path) === entry;
    return {
      entry,
      reply: { ...entry.reply, provenance: { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false } },
      // Needs isValid as well, because the wall clock may have been set back.
      isFresh: isValid && ttlMs > 0,
      mayBeStale: isValid && isUsable,
      mayReplaceError: isUsable,
    };
  };

  /** Records that the response depends on this read, so that a repeat of the request can be answered from its entries. */
  const recordRead = (request: ReadRequest, entry: Entry | undefined): void =>
    void requestContext()?.reads.push({
      key: request.path,
      name: request.freshness.name,
      entry,
      lifetime: entry ? effectiveLifetime(entry, policyOf(request)) : NO_LIFETIME,
    });

  /** Forwards the read to the next stages and stores their reply. */
  const forward = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> => {
    const { path, tags } = request;
    const asOf = versions.asOf(tags);
    const askedAt = memory.now();
    const old = memory.getStored(path);
    const previous = old && { reply: old.reply, isValid: memory.get(path) === old };
    return next(previous ? { ...request, previous } : request).then((reply) => {
      const { lifetime, provenance } = reply;
      if (!lifetime) {
        recordRead(request, undefined);
        return reply;
      }
      // Alone, another replica may have written since the call began, so the age counts from there.
      const storedAt = request.sync?.state === 'alone' ? askedAt : memory.now() - provenance.ageMs;
      const entry = { reply, lifetime, storedAt, tags, asOf: reply.asOf ?? asOf };
      const stored = memory.put(path, entry);
      recordRead(request, stored ? entry : undefined);
      if (provenance.source === 'cache') return reply;
      return { ...reply, provenance: { ...provenance, ttlMs: stored ? lifetime.freshMs : 0, stored } };
    });
  };

  const refreshInBackground = (request: ReadRequest, next: Exchange): void =>
    backgroundRefresh.start(request.path, () =>
      withoutRequestContext(async () => !isFailing(await forward({ ...request, lane: 'background' }, next))),
    );

  const readNow = (asked: ReadRequest, next: Exchange, sync: Sync): Promise<UpstreamReply> => {
    const context = requestContext();
    const refresh = asked.refresh === true || context?.bypassCache === true;
    const request = { ...asked, sync, refresh };
    const candidate = candidateFor(request, sync);
    if (candidate && !refresh) {
      const { entry, reply, isFresh, mayBeStale } = candidate;
      recordRead(request, entry);
      if (isFresh) return Promise.resolve(reply);
      if (mayBeStale && (sync.state === 'synced' || context?.onlyIfCached)) {
        refreshInBackground(request, next);
        return Promise.resolve(reply);
      }
    }
    if (context?.onlyIfCached && request.freshness.policy !== 'never') return Promise.reject(new NotCached());

    const forwarded = refresh ? 'request' : candidate ? 'stale' : 'uri-miss';
    /** Not when one of its tags was written meanwhile, or other writes have been unknown for a second. */
    const staleReply = (failed: string): UpstreamReply | undefined =>
      candidate?.mayReplaceError &&
      !refresh &&
      memory.getUnlessWritten(request.path) === candidate.entry &&
      (sync.state !== 'unknown' || writeLog.syncedMsAgo < ALONE_FRESH_MS)
        ? { ...candidate.reply, provenance: { ...candidate.reply.provenance, forwarded, failed } }
        : undefined;
    return forward(request, next).then(
      (reply) => {
        if (isFailing(reply)) return staleReply(String(reply.status)) ?? reply;
        if (reply.provenance.source === 'cache') {
          if (reply.provenance.ttlMs <= 0) refreshInBackground(request, next);
          return reply;
        }
        return { ...reply, provenance: { ...reply.provenance, forwarded } };
      },
      (error: unknown) => {
        const stale = error instanceof UpstreamFault ? staleReply(error.code) : undefined;
        if (stale) return stale;
        throw error;
      },
    );
  };

  const read = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> =>
    writeLog.isSynced()
      ? readNow(request, next, SYNCED)
      : writeLog.catchUp().then((sync) => readNow(request, next, sync));

  const write = async (request: WriteRequest, next: Exchange): Promise<UpstreamReply> => {
    const context = requestContext();
    const send = async (): Promise<UpstreamReply> => {
      try {
        return await next(request);
      } catch (error) {
        if (context && !wasNeverSent(error)) context.wrote = true;
        throw error;
      }
    };
    const { result, position } = await writeLog.write(request.invalidates, send, wasNeverSent);
    if (context && !REJECTED_UNPROCESSED.has(result.status)) context.wrote = true;
    return { ...result, position };
  };

  return (next) => (request) => (request.method === 'GET' ? read(request, next) : write(request, next));
};

interface Candidate {
  readonly entry: Entry;
  readonly reply: UpstreamReply;
  readonly isFresh: boolean;
  /** It may be served stale while Logto is asked again. */
  readonly mayBeStale: boolean;
  /** It may be served when Logto fails. */
  readonly mayReplaceError: boolean;
}
