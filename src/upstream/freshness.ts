import type { Freshness } from './exchange.js';

/** How long each kind of answer is believed without asking Logto again. Writes through the gateway end it at once. */
export const FRESHNESS = {
  organization: { name: 'organization', freshMs: 30_000 },
  organizations: { name: 'organizations', freshMs: 10_000 },
  members: { name: 'members', freshMs: 15_000 },
  memberRoles: { name: 'member-roles', freshMs: 15_000 },
  catalogue: { name: 'catalogue', freshMs: 60_000 },
  /** Read once, kept never. */
  export: { name: 'export', freshMs: 0 },
  users: { name: 'users', freshMs: 0 },
  /** What a write's permission hangs on: short, so that a role taken away stops working. */
  permission: { name: 'permission', freshMs: 5000 },
} as const satisfies Record<string, Freshness>;

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
