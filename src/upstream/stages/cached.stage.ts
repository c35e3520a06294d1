import { BELIEVED_ALONE_MS, type Entry, freshUntilOf, within } from '../../cache/entry.js';
import { type Sync, SYNCED } from '../../cache/log-reader.js';
import type { Memory } from '../../cache/memory.js';
import type { WriteLog } from '../../cache/write-log.js';
import { requestContext, withoutRequestContext } from '../../context/request-context.js';
import type { Exchange, Lifetime, ReadRequest, Stage, UpstreamReply, WriteRequest } from '../exchange.js';
import { Refreshing } from '../refreshing.js';
import { NotRemembered, UpstreamFault } from '../upstream-fault.js';

export interface CachedOptions {
  readonly memory: Memory;
  readonly writeLog: WriteLog;
  /** How long an answer to a request may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
}

const NOT_AT_ALL: Lifetime = { freshMs: 0, staleMs: 0 };

/** Logto, or what stands before it, cannot answer for the moment. */
const isFailing = ({ status }: UpstreamReply): boolean => status === 429 || status >= 500;

/** Logto did not look at the request: our token was refused, or it is too much. */
const REFUSED_UNSEEN = new Set([401, 403, 429]);

/** A write that failed so was never seen by Logto: the circuit was open, there was no room, no connection, no token. */
const neverLeft = (error: unknown): boolean => error instanceof UpstreamFault && error.options.wrote !== true;

/**
 * Answers from memory, once it is known what was written elsewhere. What is no longer fresh is answered all the same inside
 * its stale bound, while Logto is asked again in the background, or when Logto fails. A write is told to all replicas, also
 * when it failed, for then its effect is unknown; one that never left made nothing untrue.
 */
export const cached = ({ memory, writeLog, policyOf }: CachedOptions): Stage => {
  const refreshing = new Refreshing(memory.now);
  const { versions } = writeLog;

  /** What is remembered, and how it may be used now. */
  const usable = (request: ReadRequest, { state }: Sync): Remembered | undefined => {
    const entry = memory.getUnwritten(request.path);
    if (!entry) return undefined;
    const lifetime = within(entry, policyOf(request));
    const now = memory.now();
    const ageMs = now - entry.storedAt;
    const ttlMs = freshUntilOf(entry, lifetime, state) - now;
    const isBearable = ageMs < lifetime.freshMs + lifetime.staleMs;
    // Whoever does not know what others wrote asks Logto, and so does whoever knows that something is being written.
    const isAnswer = state !== 'unknown' && memory.get(request.path) === entry;
    return {
      entry,
      answer: { ...entry.reply, provenance: { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false } },
      // Whatever the time of day was set to meanwhile.
      isFresh: isAnswer && ttlMs > 0,
      mayBeStale: isAnswer && isBearable,
      mayStandIn: isBearable,
    };
  };

  /** For who would give the same answer again: what it hangs on, or that it hangs on something that is not kept. */
  const note = (request: ReadRequest, entry: Entry | undefined): void =>
    void requestContext()?.reads.push({
      key: request.path,
      name: request.freshness.name,
      entry,
      lifetime: entry ? within(entry, policyOf(request)) : NOT_AT_ALL,
    });

  /** Asks the stages behind and remembers what they say. */
  const ask = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> => {
    const { path, tags } = request;
    const asOf = versions.asOf(tags);
    const askedAt = memory.now();
    const old = memory.recall(path);
    const known = old && { reply: old.reply, counts: memory.get(path) === old };
    return next(known ? { ...request, known } : request).then((reply) => {
      const { lifetime, provenance } = reply;
      if (!lifetime) {
        note(request, undefined);
        return reply;
      }
      // Alone, what was written elsewhere since the question is not known, however late the answer comes.
      const storedAt = request.sync?.state === 'alone' ? askedAt : memory.now() - provenance.ageMs;
      const entry = { reply, lifetime, storedAt, tags, asOf: reply.asOf ?? asOf };
      const stored = memory.put(path, entry);
      note(request, stored ? entry : undefined);
      if (provenance.source === 'cache') return reply;
      return { ...reply, provenance: { ...provenance, ttlMs: stored ? lifetime.freshMs : 0, stored } };
    });
  };

  const askInBackground = (request: ReadRequest, next: Exchange): void =>
    refreshing.start(request.path, () =>
      withoutRequestContext(async () => !isFailing(await ask({ ...request, lane: 'background' }, next))),
    );

  const readNow = (asked: ReadRequest, next: Exchange, sync: Sync): Promise<UpstreamReply> => {
    const context = requestContext();
    const refresh = asked.refresh === true || context?.bypassCache === true;
    const request = { ...asked, sync, refresh };
    const remembered = usable(request, sync);
    if (remembered && !refresh) {
      const { entry, answer, isFresh, mayBeStale } = remembered;
      note(request, entry);
      if (isFresh) return Promise.resolve(answer);
      if (mayBeStale && (sync.state === 'synced' || context?.onlyIfCached)) {
        askInBackground(request, next);
        return Promise.resolve(answer);
      }
    }
    if (context?.onlyIfCached && request.freshness.policy !== 'never') return Promise.reject(new NotRemembered());

    const forwarded = refresh ? 'request' : remembered ? 'stale' : 'uri-miss';
    /** What is given where Logto cannot answer: nothing that was written about meanwhile, or that may have been for long. */
    const standIn = (failed: string): UpstreamReply | undefined =>
      remembered?.mayStandIn &&
      !refresh &&
      memory.getUnwritten(request.path) === remembered.entry &&
      (sync.state !== 'unknown' || writeLog.confirmedMsAgo < BELIEVED_ALONE_MS)
        ? { ...remembered.answer, provenance: { ...remembered.answer.provenance, forwarded, failed } }
        : undefined;
    return ask(request, next).then(
      (reply) => {
        if (isFailing(reply)) return standIn(String(reply.status)) ?? reply;
        if (reply.provenance.source === 'cache') {
          if (reply.provenance.ttlMs <= 0) askInBackground(request, next);
          return reply;
        }
        return { ...reply, provenance: { ...reply.provenance, forwarded } };
      },
      (error: unknown) => {
        const old = error instanceof UpstreamFault ? standIn(error.code) : undefined;
        if (old) return old;
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
        if (context && !neverLeft(error)) context.wrote = true;
        throw error;
      }
    };
    const { result, position } = await writeLog.write(request.invalidates, send, neverLeft);
    if (context && !REFUSED_UNSEEN.has(result.status)) context.wrote = true;
    return { ...result, position };
  };

  return (next) => (request) => (request.method === 'GET' ? read(request, next) : write(request, next));
};

interface Remembered {
  readonly entry: Entry;
  readonly answer: UpstreamReply;
  readonly isFresh: boolean;
  /** It may be given although it is not fresh, while Logto is asked again. */
  readonly mayBeStale: boolean;
  /** It may be given where Logto cannot answer. */
  readonly mayStandIn: boolean;
}
