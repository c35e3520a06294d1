import { type Entry, freshUntilOf, within } from '../../cache/entry.js';
import type { Fence } from '../../cache/fence.js';
import type { Memory } from '../../cache/memory.js';
import type { Trust } from '../../cache/trust.js';
import { requestContext, withoutRequestContext } from '../../context/request-context.js';
import type { Exchange, Lifetime, ReadRequest, Stage, UpstreamReply, WriteRequest } from '../exchange.js';
import { Refreshing } from '../refreshing.js';
import { NotRemembered, UpstreamFault } from '../upstream-fault.js';

export interface CachedOptions {
  readonly memory: Memory;
  readonly fence: Fence;
  /** How long an answer to a request may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
}

const NOT_AT_ALL: Lifetime = { freshMs: 0, staleMs: 0 };

/** Logto, or what stands before it, cannot answer for the moment. */
const isFailing = ({ status }: UpstreamReply): boolean => status === 429 || status >= 500;

/**
 * Answers from memory. What is no longer fresh is answered all the same inside its stale bound, while Logto is asked again
 * in the background, or when Logto fails. A write makes its tags untrue before it is sent and again when it is over, also
 * when it failed, for then its effect is unknown.
 */
export const cached = ({ memory, fence, policyOf }: CachedOptions): Stage => {
  const refreshing = new Refreshing(memory.now);

  /** How this process may use what it remembers now. */
  const usable = (request: ReadRequest): Remembered | undefined => {
    const entry = memory.get(request.path);
    if (!entry) return undefined;
    const lifetime = within(entry, policyOf(request));
    const now = memory.now();
    const ageMs = now - entry.storedAt;
    const { trust } = fence;
    const ttlMs = freshUntilOf(entry, lifetime, trust) - now;
    return {
      entry,
      answer: {
        ...entry.reply,
        provenance: { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false },
      },
      // Whatever the time of day was set to meanwhile.
      isFresh: trust !== 'unsure' && ttlMs > 0,
      isBearable: ageMs < lifetime.freshMs + lifetime.staleMs,
      trust,
    };
  };

  const isTrue = ({ tags, epoch }: Entry): boolean => fence.of(tags) === epoch;

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
    const epoch = fence.of(request.tags);
    const known = memory.recall(request.path)?.reply;
    return next(known ? { ...request, known } : request).then((reply) => {
      const { lifetime, provenance } = reply;
      if (!lifetime) {
        note(request, undefined);
        return reply;
      }
      const entry = { reply, lifetime, storedAt: memory.now() - provenance.ageMs, tags: request.tags, epoch };
      const stored = memory.put(request.path, entry);
      note(request, stored ? entry : undefined);
      if (provenance.source === 'cache') return reply;
      return { ...reply, provenance: { ...provenance, ttlMs: stored ? lifetime.freshMs : 0, stored } };
    });
  };

  const askInBackground = (request: ReadRequest, next: Exchange): void =>
    refreshing.start(request.path, () =>
      withoutRequestContext(async () => !isFailing(await ask({ ...request, lane: 'background' }, next))),
    );

  const readNow = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> => {
    const context = requestContext();
    const refresh = request.refresh === true || context?.bypassCache === true;
    const remembered = usable(request);
    if (remembered && !refresh) {
      const { entry, answer, isFresh, isBearable, trust } = remembered;
      note(request, entry);
      if (isFresh) return Promise.resolve(answer);
      if (isBearable && (trust === 'sure' || (trust === 'alone' && context?.onlyIfCached))) {
        askInBackground(request, next);
        return Promise.resolve(answer);
      }
    }
    if (context?.onlyIfCached && request.freshness.policy !== 'never') return Promise.reject(new NotRemembered());

    const forwarded = refresh ? 'request' : remembered ? 'stale' : 'uri-miss';
    const stale = (failed: string): UpstreamReply | undefined =>
      // Who is unsure has asked Redis what still counts: this did not. Nor does what was written about meanwhile.
      remembered?.isBearable && !refresh && remembered.trust !== 'unsure' && isTrue(remembered.entry)
        ? { ...remembered.answer, provenance: { ...remembered.answer.provenance, forwarded, failed } }
        : undefined;
    return ask(refresh ? { ...request, refresh } : request, next).then(
      (reply) => {
        if (isFailing(reply)) return stale(String(reply.status)) ?? reply;
        if (reply.provenance.source === 'cache') {
          if (reply.provenance.ttlMs <= 0) askInBackground(request, next);
          return reply;
        }
        return { ...reply, provenance: { ...reply.provenance, forwarded } };
      },
      (error: unknown) => {
        const old = error instanceof UpstreamFault ? stale(error.code) : undefined;
        if (old) return old;
        throw error;
      },
    );
  };

  /** Writes of others may have been missed: whoever can find out does so first. */
  const read = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> =>
    fence.trust === 'unsure' ? fence.untilSure().then(() => readNow(request, next)) : readNow(request, next);

  const write = async (request: WriteRequest, next: Exchange): Promise<UpstreamReply> => {
    void fence.raise(request.invalidates);
    try {
      return await next(request);
    } finally {
      await fence.raise(request.invalidates);
    }
  };

  return (next) => (request) => (request.method === 'GET' ? read(request, next) : write(request, next));
};

interface Remembered {
  readonly entry: Entry;
  readonly answer: UpstreamReply;
  readonly isFresh: boolean;
  /** Not older than it may ever be given. */
  readonly isBearable: boolean;
  readonly trust: Trust;
}
