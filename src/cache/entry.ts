import type { Lifetime, UpstreamReply } from '../upstream/exchange.js';
import type { Sync } from './log-reader.js';

/** One remembered answer and what it takes to judge it later. */
export interface Entry {
  readonly reply: UpstreamReply;
  readonly lifetime: Lifetime;
  /** Milliseconds of this process's clock since the epoch: when Logto said so; alone, when it was asked. */
  readonly storedAt: number;
  readonly tags: readonly string[];
  /** `TagVersions.asOf(tags)` when the question was asked. */
  readonly asOf: number;
}

/** How far a policy lets an entry be used: the stricter of what it was stored with and what is asked for now. */
export const within = ({ lifetime }: Pick<Entry, 'lifetime'>, policy: Lifetime): Lifetime => ({
  freshMs: Math.min(lifetime.freshMs, policy.freshMs),
  staleMs: Math.min(lifetime.staleMs, policy.staleMs),
});

/** Whoever cannot know what others write believes an answer for so long. */
export const BELIEVED_ALONE_MS = 1000;

/**
 * When an entry is no longer fresh, in milliseconds since the epoch.
 * @param lifetime how far the policy asked for lets it be used
 */
export const freshUntilOf = ({ storedAt }: Entry, { freshMs }: Lifetime, state: Sync['state'] = 'synced'): number =>
  storedAt + (state === 'alone' ? Math.min(freshMs, BELIEVED_ALONE_MS) : freshMs);
