/** The scopes of the gateway's API resource, and the organization scopes of the tenant. `all` is for services only. */
export const PERMISSIONS = {
  'read:organizations': 'Read organizations',
  'create:organizations': 'Create organizations',
  'update:organizations': 'Change organizations',
  'delete:organizations': 'Delete organizations',
  'read:members': 'Read members, their roles and effective scopes',
  'manage:members': 'Add and remove members',
  'read:roles': 'Read the catalogue of organization roles and scopes',
  'manage:roles': 'Assign roles to members and remove them',
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** A scope that a rule can require. */
export type Grant = Permission | 'all';

/** Who may call a route. Every route declares a rule, or the gateway does not start. */
export type AccessRule =
  | { readonly who: 'anyone' }
  /** Callers with all of the permissions; organization tokens only for the organization in the path. */
  | { readonly who: 'permitted'; readonly permissions: readonly Permission[] }
  /** Service tokens with all of the permissions. */
  | { readonly who: 'services'; readonly permissions: readonly Grant[] }
  /** Users, for their own data. */
  | { readonly who: 'users' };

export const needs = (...permissions: Permission[]): AccessRule => ({ who: 'permitted', permissions });
export const servicesWith = (...permissions: Permission[]): AccessRule => ({ who: 'services', permissions });
/** Operators: services with the scope `all`. */
export const OPERATORS: AccessRule = { who: 'services', permissions: ['all'] };
export const USERS: AccessRule = { who: 'users' };
export const ANYONE: AccessRule = { who: 'anyone' };
