import type { Provenance, UpstreamReply } from '../upstream/exchange.js';
import { LogtoRefusal, UpstreamFault } from '../upstream/upstream-fault.js';

/** A part of an aggregate: there, or missing for a reason behind us. */
export type Part<T> = { readonly value: T; readonly failure?: never } | { readonly value?: never; readonly failure: UpstreamFault | LogtoRefusal };

/** Waits for a part that the whole can do without. A fault of our own is no missing part: it is thrown on. */
export async function settle<T>(work: Promise<T>): Promise<Part<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof UpstreamFault || error instanceof LogtoRefusal) return { failure: error };
    throw error;
  }
}

/** Where something made of several answers comes from: from the cache only if all of it does, and as old as its oldest part. */
export function combine(replies: readonly UpstreamReply[]): Provenance {
  const all = replies.map(({ provenance }) => provenance);
  const asked = all.filter(({ source }) => source === 'upstream');
  const forwarded = asked.find((provenance) => provenance.forwarded)?.forwarded;
  return {
    source: asked.length > 0 ? 'upstream' : 'cache',
    ageMs: Math.max(0, ...all.map(({ ageMs }) => ageMs)),
    ttlMs: Math.min(...all.map(({ ttlMs }) => ttlMs)),
    ...(forwarded && { forwarded }),
    stored: asked.length > 0 && asked.every(({ stored }) => stored),
    collapsed: asked.length > 0 && asked.every(({ collapsed }) => collapsed),
  };
}
