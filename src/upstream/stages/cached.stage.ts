import type { Entries, Entry } from '../../cache/entries.js';
import type { Epochs } from '../../cache/epochs.js';
import { requestContext } from '../../context/request-context.js';
import type { Exchange, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

/** "No such thing" is believed only briefly: it may be made any moment, and not only through us. */
const MISSING_FRESH_MS = 5000;

const freshFor = (status: number, freshMs: number): number => {
  if (status === 200) return freshMs;
  return status === 404 ? Math.min(freshMs, MISSING_FRESH_MS) : 0;
};

const fromCache = (entry: Entry, ageMs: number, ttlMs: number): UpstreamReply => ({
  ...entry.reply,
  provenance: { source: 'cache', ageMs, ttlMs, stored: false, collapsed: false },
});

/**
 * Answers from memory while an answer is fresh. A write makes its tags untrue before it is sent and again when it is
 * over, also when it failed, for then its effect is unknown.
 */
export const cached = (entries: Entries, epochs: Epochs): Stage => {
  const read = async (request: ReadRequest, next: Exchange): Promise<UpstreamReply> => {
    const refresh = request.refresh === true || requestContext()?.bypassCache === true;
    const known = await entries.get(request.path);
    if (known && !refresh) {
      const ageMs = entries.now() - known.storedAt;
      // Two policies may ask for the same thing (a list of roles to show, or to permit a write): the stricter one counts.
      const ttlMs = Math.min(known.freshMs, request.freshness.freshMs) - ageMs;
      if (ttlMs > 0) return fromCache(known, ageMs, ttlMs);
    }
    const epoch = epochs.of(request.tags);
    const reply = await next({ ...request, refresh });
    const freshMs = freshFor(reply.status, request.freshness.freshMs);
    const entry = { reply, storedAt: entries.now(), freshMs, tags: request.tags, epoch };
    const stored = freshMs > 0 && (await entries.put(request.path, entry));
    const forwarded = refresh ? 'request' : known ? 'stale' : 'uri-miss';
    return { ...reply, provenance: { ...reply.provenance, ttlMs: stored ? freshMs : 0, forwarded, stored } };
  };

  return (next) => async (request) => {
    if (request.method === 'GET') return read(request, next);
    epochs.bump(request.invalidates);
    try {
      return await next(request);
    } finally {
      epochs.bump(request.invalidates);
    }
  };
};
