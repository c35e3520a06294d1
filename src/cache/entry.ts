import type { Lifetime, UpstreamReply } from '../upstream/exchange.js';
import type { Trust } from './trust.js';

/** One remembered answer and what it takes to judge it later. */
export interface Entry {
  readonly reply: UpstreamReply;
  readonly lifetime: Lifetime;
  /** Milliseconds of this process's clock since the epoch: when Logto said so. */
  readonly storedAt: number;
  readonly tags: readonly string[];
  /** `Epochs.of(tags)` when the question was asked. */
  readonly epoch: number;
}

/** How far a policy lets an entry be used: the stricter of what it was stored with and what is asked for now. */
export const within = ({ lifetime }: Pick<Entry, 'lifetime'>, policy: Lifetime): Lifetime => ({
  freshMs: Math.min(lifetime.freshMs, policy.freshMs),
  staleMs: Math.min(lifetime.staleMs, policy.staleMs),
});

/** So long an answer is believed and no longer: who is alone has nobody to ask, who is unsure has. */
const BELIEVED_MS: Readonly<Record<Trust, number>> = { sure: Infinity, unsure: 0, alone: 1000 };

/**
 * When an entry is no longer fresh, in milliseconds since the epoch.
 * @param lifetime how far the policy asked for lets it be used
 * @param trust whether writes of other replicas would have been heard of
 */
export const freshUntilOf = ({ storedAt }: Entry, { freshMs }: Lifetime, trust: Trust): number =>
  storedAt + Math.min(freshMs, BELIEVED_MS[trust]);
