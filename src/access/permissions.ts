/** The scopes of the gateway's API resource, and as organization scopes of the tenant. `all` is for services only. */
export const PERMISSIONS = {
  'read:organizations': 'Read organizations',
  'create:organizations': 'Create organizations',
  'update:organizations': 'Change organizations',
  'delete:organizations': 'Delete organizations',
  'read:members': 'Read members, their roles and effective scopes',
  'manage:members': 'Add and remove members',
  'read:roles': 'Read the catalogue of organization roles and scopes',
  'manage:roles': 'Give roles to members and take them away',
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** What a token may be asked to hold. */
export type Grant = Permission | 'all';

/** Who may call a route. Every route says so, or the gateway does not start. */
export type AccessRule =
  | { readonly who: 'anyone' }
  /** Callers with every one of the permissions; organization tokens only where the path names their organization. */
  | { readonly who: 'permitted'; readonly permissions: readonly Permission[] }
  /** Service tokens with every one of the permissions. */
  | { readonly who: 'services'; readonly permissions: readonly Grant[] }
  /** Users asking for what is their own. */
  | { readonly who: 'users' };

export const needs = (...permissions: Permission[]): AccessRule => ({ who: 'permitted', permissions });
export const servicesWith = (...permissions: Permission[]): AccessRule => ({ who: 'services', permissions });
/** Who runs the gateway: services with the scope that stands for everything, and nobody with less. */
export const OPERATORS: AccessRule = { who: 'services', permissions: ['all'] };
export const USERS: AccessRule = { who: 'users' };
export const ANYONE: AccessRule = { who: 'anyone' };
