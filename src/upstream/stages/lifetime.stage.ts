import type { Lifetime, ReadRequest, Stage, UpstreamReply } from '../../core/exchange.js';

export interface LifetimeOptions {
  /** The lifetime that the operator has set for this kind of read. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
  /** How long a 404 may be used. Short, because the entity may be created at any moment, and not only through us. */
  readonly missingMs: number;
  /** 0 to 1. */
  readonly random?: () => number;
}

/** Spreads the expiry of replies that were read together. */
const JITTER = 0.1;

/** Sets how long a reply may be used. Only a 200 or 404 may be used again at all. */
export const lifetimes = ({ policyOf, missingMs, random = Math.random }: LifetimeOptions): Stage => {
  const lifetimeOf = (request: ReadRequest, { status }: UpstreamReply): Lifetime | undefined => {
    const { freshMs, staleMs } = policyOf(request);
    if (freshMs <= 0 || (status !== 200 && status !== 404)) return undefined;
    if (status === 404) return { freshMs: Math.min(freshMs, missingMs), staleMs: 0 };
    // No jitter for what may never be stale: somebody relies on its exact bound.
    return staleMs > 0 ? { freshMs: freshMs * (1 - JITTER + 2 * JITTER * random()), staleMs } : { freshMs, staleMs };
  };

  return (next) => (request) => {
    if (request.method !== 'GET') return next(request);
    return next(request).then((reply) => {
      const lifetime = lifetimeOf(request, reply);
      return lifetime ? { ...reply, lifetime } : reply;
    });
  };
};
