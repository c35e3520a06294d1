import { within } from '../../cache/entry.js';
import { LEASE_MS } from '../../cache/leases.js';
import type { SharedCache, SharedLookup } from '../../cache/shared-cache.js';
import { sleep, systemClock } from '../clock.js';
import type { Attempt, Exchange, Lifetime, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

/** How often who waits for another replica's answer looks whether it is there. */
const LOOK_AGAIN_MS = 15;

/** What replicas share, as an answer to this request; undefined where it is none, or none any more. */
const answerOf = ({ entry, counts }: SharedLookup, policy: Lifetime, lane: ReadRequest['lane']) => {
  if (!entry || !counts) return undefined;
  const { reply, lifetime, ageMs } = entry;
  const { freshMs, staleMs } = within(entry, policy);
  const ttlMs = freshMs - ageMs;
  // Who asks in the background wants something newer than the stale answer that was given meanwhile.
  if (ttlMs <= (lane === 'background' ? 0 : -staleMs)) return undefined;
  return {
    ...reply,
    lifetime,
    provenance: { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false },
  } as const;
};

/**
 * Answers from what other replicas have read, and lets one of all of them ask Logto for what is missing. Where Redis does
 * not answer, every replica asks for itself.
 * @param policyOf how long an answer to a request may be used
 */
export const shared = (cache: SharedCache, policyOf: (request: ReadRequest) => Lifetime): Stage => {
  /** Asks Logto. The answer is there for others a moment later; `whenKept` is called when it is, or when there is none. */
  const fill = async (request: ReadRequest, next: Exchange, { entry, seal }: SharedLookup, whenKept?: () => void) => {
    let keeping: Promise<void> | undefined;
    try {
      const reply = await next({ ...request, known: request.known ?? entry?.reply });
      if (reply.lifetime) keeping = cache.put(request.path, { reply, lifetime: reply.lifetime, seal });
      return reply;
    } finally {
      void Promise.resolve(keeping).then(whenKept);
    }
  };

  const read = async (request: ReadRequest & Attempt, next: Exchange): Promise<UpstreamReply> => {
    const { path, tags, lane, refresh } = request;
    const until = performance.now() + LEASE_MS;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each look asks what the last did not know
      const lookup = await cache.look(path, tags);
      if (!lookup) return next(request);
      if (refresh) return fill(request, next, lookup);
      const answer = answerOf(lookup, policyOf(request), lane);
      if (answer) return answer;
      // oxlint-disable-next-line no-await-in-loop -- whether to wait depends on it
      if (await cache.take(path)) return fill(request, next, lookup, () => void cache.release(path));
      if (performance.now() > until) return fill(request, next, lookup);
      // oxlint-disable-next-line no-await-in-loop -- somebody else is asking: wait for what they hear
      await sleep(systemClock, LOOK_AGAIN_MS, request.signal);
    }
  };

  return (next) => async (request) =>
    request.method !== 'GET' || request.freshness.policy === 'never' ? next(request) : read(request, next);
};
