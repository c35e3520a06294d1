import { within } from '../../cache/entry.js';
import { FILL_MS, type SharedCache, type SharedLookup } from '../../cache/shared-cache.js';
import { NEVER } from '../../cache/tag-versions.js';
import type { WriteLog } from '../../cache/write-log.js';
import { requestContext } from '../../context/request-context.js';
import { RedisUnavailable } from '../../redis/shared-redis.js';
import { sleep, systemClock } from '../clock.js';
import type { Attempt, Exchange, Known, Lifetime, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

/** How often whoever waits for another replica's answer looks whether it is there. */
const LOOK_AGAIN_MS = 15;

/** What replicas share, as an answer to this request; undefined where it is none, or none any more. */
const answerOf = ({ entry, counts, ageMs }: SharedLookup, policy: Lifetime, lane: ReadRequest['lane']) => {
  if (!entry || !counts) return undefined;
  const { reply, lifetime } = entry;
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

const ignoreUnavailable = (error: unknown): void => {
  if (!(error instanceof RedisUnavailable)) throw error;
};

const isSame = (one: UpstreamReply, other: UpstreamReply): boolean =>
  one.status === other.status && one.total === other.total && one.payload.etag === other.payload.etag;

/** What speaks of one thing says more exactly what a new answer makes untrue than what speaks of all of its kind. */
const exactOf = (tags: readonly string[]): readonly string[] => {
  const exact = tags.filter((tag) => tag.includes(':'));
  return exact.length > 0 ? exact : tags;
};

/**
 * Answers from what other replicas have read, and lets one of all of them ask Logto for what is missing. Where Redis does
 * not answer, every replica asks for itself. What a forced read finds changed is told to all.
 * @param policyOf how long an answer to a request may be used
 */
export const shared = (
  cache: SharedCache,
  log: Pick<WriteLog, 'versions' | 'invalidate'>,
  policyOf: (request: ReadRequest) => Lifetime,
): Stage => {
  /** Asks Logto. The answer is there for others a moment later; `whenKept` is called when it is, or when there is none. */
  const fill = async (
    request: ReadRequest,
    next: Exchange,
    lookup: SharedLookup | undefined,
    whenKept?: () => void,
  ) => {
    const { versions } = log;
    const { tags, refresh } = request;
    const [asOf, position] = [versions.asOf(tags), versions.position];
    const known = request.known ?? knownOf(lookup);
    let keeping: Promise<void> | undefined;
    try {
      const reply = await next({ ...request, known });
      if (refresh && isNews(reply, [request.known, knownOf(lookup)])) {
        const isStillTrue = versions.isTrue(tags, asOf);
        // A read is answered whether or not others could be told; they are, later.
        const told = log.invalidate(exactOf(tags)).catch(ignoreUnavailable);
        const { changes } = versions;
        await told;
        return isStillTrue ? { ...reply, asOf: changes } : reply;
      }
      if (lookup && asOf !== NEVER && reply.lifetime) keeping = cache.put(lookup.name, reply, reply.lifetime, position);
      return reply;
    } finally {
      void Promise.resolve(keeping).then(whenKept);
    }
  };

  const read = async (request: ReadRequest & Attempt, next: Exchange): Promise<UpstreamReply> => {
    const { path, tags, lane, refresh } = request;
    const until = performance.now() + FILL_MS;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each look asks what the last did not know
      const lookup = await cache.look(path, tags);
      if (!lookup || refresh) return fill(request, next, lookup);
      const answer = answerOf(lookup, policyOf(request), lane);
      if (answer) return answer;
      // oxlint-disable-next-line no-await-in-loop -- whether to wait depends on it
      const letOthersGoOn = await cache.claim(lookup.name);
      if (letOthersGoOn) return fill(request, next, lookup, letOthersGoOn);
      if (performance.now() > until) return fill(request, next, lookup);
      // oxlint-disable-next-line no-await-in-loop -- somebody else is asking: wait for what they hear
      await sleep(systemClock, LOOK_AGAIN_MS, request.signal);
    }
  };

  return (next) => (request) => {
    if (request.method !== 'GET' || request.freshness.policy === 'never') return next(request);
    return request.sync?.state === 'synced' ? read(request, next) : fill(request, next, undefined);
  };
};

const knownOf = (lookup: SharedLookup | undefined): Known | undefined =>
  lookup?.entry && { reply: lookup.entry.reply, counts: lookup.counts };

/** Whether others may remember something else. A caller who insists is believed where nothing is known here. */
const isNews = (reply: UpstreamReply, known: readonly (Known | undefined)[]): boolean => {
  if (reply.status !== 200 && reply.status !== 404) return false;
  const counting = known.filter((one) => one?.counts === true);
  if (counting.length === 0) return requestContext()?.bypassCache === true;
  return counting.some((one) => one !== undefined && !isSame(one.reply, reply));
};
