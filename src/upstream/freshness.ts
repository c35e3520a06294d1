import type { CacheConfig } from '../config/config.js';
import type { Freshness, Lifetime, ReadRequest } from './exchange.js';

/**
 * How long each kind of answer is believed without asking Logto again: by which policy, whose lifetimes the settings
 * `CACHE_…` hold. Writes through the gateway end it at once.
 */
export const FRESHNESS = {
  organization: { name: 'organization', policy: 'organization' },
  organizations: { name: 'organizations', policy: 'lists' },
  members: { name: 'members', policy: 'members' },
  memberRoles: { name: 'member-roles', policy: 'members' },
  catalogue: { name: 'catalogue', policy: 'roles' },
  /** What a write's permission hangs on: short and never stale, so that a role taken away stops working. */
  permission: { name: 'permission', policy: 'permissions' },
  /** Read once, kept never. */
  export: { name: 'export', policy: 'never' },
  users: { name: 'users', policy: 'never' },
} as const satisfies Record<string, Freshness>;

const NEVER: Lifetime = { freshMs: 0, staleMs: 0 };

/** How long an answer to a request may be used, as the operator has set it. */
export const policyOf =
  ({ lifetimes, maxBytes }: CacheConfig) =>
  ({ freshness: { policy } }: ReadRequest): Lifetime =>
    policy === 'never' || maxBytes === 0 ? NEVER : lifetimes[policy];

/** What an answer may speak of. A write names the tags it makes untrue; a read names those it hangs on. */
export const TAGS = {
  /** Which organizations exist and what they say of themselves, as lists show it. */
  organizations: 'organizations',
  organization: (id: string) => `organization:${id}`,
  /** Who belongs to an organization, with which roles. */
  members: (id: string) => `members:${id}`,
  /** Who belongs to any organization: what a user's own list and a list with featured users hang on. */
  memberships: 'memberships',
  /** What users say of themselves, wherever it is shown, and which of the catalogue's roles they hold. */
  people: 'people',
  /** What one user says of itself. */
  user: (id: string) => `user:${id}`,
  /** Organization roles and scopes of the tenant. */
  catalogue: 'catalogue',
} as const;
