import type { Provenance, UpstreamReply } from '../core/exchange.js';

/** The provenance of an aggregate: from the cache only if all replies are, and as old as the oldest one. */
export function combine(replies: readonly UpstreamReply[]): Provenance {
  const all = replies.map(({ provenance }) => provenance);
  const asked = all.filter(({ source }) => source === 'upstream');
  const forwarded = all.find((provenance) => provenance.forwarded)?.forwarded;
  const failed = all.find((provenance) => provenance.failed !== undefined)?.failed;
  return {
    source: asked.length > 0 ? 'upstream' : 'cache',
    ageMs: Math.max(0, ...all.map(({ ageMs }) => ageMs)),
    ttlMs: Math.min(...all.map(({ ttlMs }) => ttlMs)),
    ...(forwarded && { forwarded }),
    ...(failed !== undefined && { failed }),
    stored: asked.length > 0 && asked.every(({ stored }) => stored),
    collapsed: asked.length > 0 && asked.every(({ collapsed }) => collapsed),
  };
}
