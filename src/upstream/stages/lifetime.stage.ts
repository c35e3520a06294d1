import type { Lifetime, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

export interface LifetimeOptions {
  /** What an operator has set for the kind of answer. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
  /** "No such thing" is believed only briefly: it may be made any moment, and not only through us. */
  readonly missingMs: number;
  /** 0 to 1. */
  readonly random?: () => number;
}

/** What was read together shall not grow old together: lifetimes differ by a tenth up or down. */
const JITTER = 0.1;

/** Says how long an answer may be used. Only what was found, or found missing, is used again at all. */
export const lifetimes = ({ policyOf, missingMs, random = Math.random }: LifetimeOptions): Stage => {
  const lifetimeOf = (request: ReadRequest, { status }: UpstreamReply): Lifetime | undefined => {
    const { freshMs, staleMs } = policyOf(request);
    if (freshMs <= 0 || (status !== 200 && status !== 404)) return undefined;
    if (status === 404) return { freshMs: Math.min(freshMs, missingMs), staleMs: 0 };
    // What may never be stale has a bound that somebody relies on: it is kept to the millisecond.
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
