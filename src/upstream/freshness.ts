import type { CacheConfig } from '../config/config.js';
import type { Freshness, Lifetime, ReadRequest } from '../core/exchange.js';

/** The freshness policy of each kind of read. The `CACHE_…` settings hold the lifetimes of the policies. */
export const FRESHNESS = {
  organization: { name: 'organization', policy: 'organization' },
  organizations: { name: 'organizations', policy: 'lists' },
  members: { name: 'members', policy: 'members' },
  memberRoles: { name: 'member-roles', policy: 'members' },
  catalogue: { name: 'catalogue', policy: 'roles' },
  /** For the permission to write: short and never stale, so that a revoked role stops working soon. */
  permission: { name: 'permission', policy: 'permissions' },
  export: { name: 'export', policy: 'never' },
  users: { name: 'users', policy: 'never' },
} as const satisfies Record<string, Freshness>;

const NEVER: Lifetime = { freshMs: 0, staleMs: 0 };

/** How long the reply to a read may be used, as the operator has set it. */
export const policyOf =
  ({ lifetimes, maxBytes }: CacheConfig) =>
  ({ freshness: { policy } }: ReadRequest): Lifetime =>
    policy === 'never' || maxBytes === 0 ? NEVER : lifetimes[policy];

/** Cache tags. A read names the tags it depends on, a write those it invalidates. */
export const TAGS = {
  /** Which organizations exist, and what lists show of them. */
  organizations: 'organizations',
  organization: (id: string) => `organization:${id}`,
  /** The members of an organization and their roles. */
  members: (id: string) => `members:${id}`,
  /** All memberships: a user's own list and lists with featured users depend on them. */
  memberships: 'memberships',
  /** The profiles of all users, and which of the tenant's roles they hold. */
  people: 'people',
  /** The profile of one user. */
  user: (id: string) => `user:${id}`,
  /** The organization roles and scopes of the tenant. */
  catalogue: 'catalogue',
} as const;
