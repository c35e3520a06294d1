import { effectiveLifetime } from '../../cache/entry.js';
import { FILL_LEASE_MS, type SharedCache, type SharedLookup } from '../../cache/shared-cache.js';
import { NEVER } from '../../cache/tag-versions.js';
import type { WriteLog } from '../../cache/write-log.js';
import { requestContext } from '../../core/request-context.js';
import { RedisUnavailable } from '../../core/faults.js';
import { type Clock, sleep, systemClock } from '../../core/clock.js';
import type {
  Attempt,
  Exchange,
  PreviousReply,
  Lifetime,
  ReadRequest,
  Stage,
  UpstreamReply,
} from '../../core/exchange.js';

/** How often a waiting replica checks whether the one that asks Logto has stored the reply. */
const RECHECK_MS = 15;

/** The shared reply to this read; undefined when there is none that may be used. */
const usableReply = ({ entry, isValid, ageMs }: SharedLookup, policy: Lifetime, lane: ReadRequest['lane']) => {
  if (!entry || !isValid) return undefined;
  const { reply, lifetime } = entry;
  const { freshMs, staleMs } = effectiveLifetime(entry, policy);
  const ttlMs = freshMs - ageMs;
  // A background read is there to replace a stale reply, so it must not get one.
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

/** The tags that name one entity, or all tags when none does: a changed reply should invalidate no more than it must. */
const mostSpecific = (tags: readonly string[]): readonly string[] => {
  const specific = tags.filter((tag) => tag.includes(':'));
  return specific.length > 0 ? specific : tags;
};

/**
 * Answers from what other replicas have read, and lets only one replica ask Logto for a missing reply. Without Redis every
 * replica asks for itself. When a forced read finds a change, all replicas invalidate their entries.
 * @param policyOf how long the reply to a read may be used
 */
export const shared = (
  cache: SharedCache,
  log: Pick<WriteLog, 'versions' | 'invalidate'>,
  policyOf: (request: ReadRequest) => Lifetime,
  clock: Clock = systemClock,
): Stage => {
  /** Asks Logto, and stores the reply for others after returning it. Calls `whenDone` once it is stored, or is not to be. */
  const fill = async (
    request: ReadRequest,
    next: Exchange,
    lookup: SharedLookup | undefined,
    whenDone?: () => void,
  ) => {
    const { versions } = log;
    const { tags, refresh } = request;
    const [asOf, position] = [versions.asOf(tags), versions.position];
    const previous = request.previous ?? previousOf(lookup);
    let storing: Promise<void> | undefined;
    try {
      const reply = await next({ ...request, previous });
      if (refresh && isChange(reply, [request.previous, previousOf(lookup)])) {
        const isStillValid = versions.isValid(tags, asOf);
        // The read succeeds even if other replicas cannot be informed; they are later.
        const invalidating = log.invalidate(mostSpecific(tags)).catch(ignoreUnavailable);
        const { changes } = versions;
        await invalidating;
        return isStillValid ? { ...reply, asOf: changes } : reply;
      }
      if (lookup && asOf !== NEVER && reply.lifetime) storing = cache.put(lookup.name, reply, reply.lifetime, position);
      return reply;
    } finally {
      void Promise.resolve(storing).then(whenDone);
    }
  };

  const read = async (request: ReadRequest & Attempt, next: Exchange): Promise<UpstreamReply> => {
    const { path, tags, lane, refresh } = request;
    const waitUntil = clock.now() + FILL_LEASE_MS;
    let lookup = await cache.lookUp(path, tags);
    if (!lookup || refresh) return fill(request, next, lookup);
    let reply = usableReply(lookup, policyOf(request), lane);
    if (reply) return reply;
    let release = await cache.claimFill(lookup.name);
    while (!release && clock.now() <= waitUntil) {
      // oxlint-disable no-await-in-loop -- another replica asks Logto: repeated until it has stored its reply
      await sleep(clock, RECHECK_MS, request.signal);
      // The claim comes before the lookup, or a reply stored between the two would be missed and Logto asked again.
      release = await cache.claimFill(lookup.name);
      lookup = await cache.lookUp(path, tags);
      // oxlint-enable no-await-in-loop
      reply = lookup && usableReply(lookup, policyOf(request), lane);
      if (reply) {
        release?.();
        return reply;
      }
      if (!lookup) break;
    }
    return fill(request, next, lookup, release);
  };

  return (next) => (request) => {
    if (request.method !== 'GET' || request.freshness.policy === 'never') return next(request);
    return request.sync?.state === 'synced' ? read(request, next) : fill(request, next, undefined);
  };
};

const previousOf = (lookup: SharedLookup | undefined): PreviousReply | undefined =>
  lookup?.entry && { reply: lookup.entry.reply, isValid: lookup.isValid };

/** Whether other replicas may have cached something else. When nothing valid is known here, a `no-cache` request assumes so. */
const isChange = (reply: UpstreamReply, previous: readonly (PreviousReply | undefined)[]): boolean => {
  if (reply.status !== 200 && reply.status !== 404) return false;
  const valid = previous.filter((one) => one?.isValid === true);
  if (valid.length === 0) return requestContext()?.bypassCache === true;
  return valid.some((one) => one !== undefined && !isSame(one.reply, reply));
};
