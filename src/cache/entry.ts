import type { Lifetime, UpstreamReply } from '../core/exchange.js';
import type { Sync } from '../core/sync.js';

/** A cached reply, and what is needed to validate it later. */
export interface Entry {
  readonly reply: UpstreamReply;
  readonly lifetime: Lifetime;
  /** When Logto replied, or was asked while the replica was alone, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly tags: readonly string[];
  /** `TagVersions.asOf(tags)` when Logto was asked. */
  readonly asOf: number;
}

/** The stricter of the lifetime that the entry was stored with and that of the policy that applies now. */
export const effectiveLifetime = ({ lifetime }: Pick<Entry, 'lifetime'>, policy: Lifetime): Lifetime => ({
  freshMs: Math.min(lifetime.freshMs, policy.freshMs),
  staleMs: Math.min(lifetime.staleMs, policy.staleMs),
});

/** How long a reply is fresh at most while the writes of other replicas are unknown. */
export const ALONE_FRESH_MS = 1000;

/**
 * When an entry stops being fresh, in milliseconds since the epoch.
 * @param lifetime the effective lifetime under the policy that applies
 */
export const freshUntilOf = ({ storedAt }: Entry, { freshMs }: Lifetime, state: Sync['state'] = 'synced'): number =>
  storedAt + (state === 'alone' ? Math.min(freshMs, ALONE_FRESH_MS) : freshMs);
