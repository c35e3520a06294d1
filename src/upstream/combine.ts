import type { Provenance, UpstreamReply } from './exchange.js';

/** Where something made of several answers comes from: from the cache only if all of it does, and as old as its oldest part. */
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
