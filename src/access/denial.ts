import { type Caller, hasPermission } from './caller.js';
import type { AccessRule, Grant } from './permissions.js';

/** The reason why a caller is denied access. */
export interface Denial {
  readonly code: 'auth.forbidden' | 'auth.organization_mismatch';
  readonly detail: string;
  readonly missing: readonly Grant[];
}

const deny = (detail: string, missing: readonly Grant[] = []): Denial => ({
  code: 'auth.forbidden',
  detail,
  missing,
});

const denyMissing = (caller: Caller, permissions: readonly Grant[]): Denial | undefined => {
  const missing = permissions.filter((permission) => !hasPermission(caller, permission));
  return missing.length > 0
    ? deny(`The token lacks ${missing.map((name) => `the permission ${name}`).join(' and ')}.`, missing)
    : undefined;
};

/**
 * Why a caller may not use a route; undefined when it may. This depends on the token alone; writes with an organization
 * token are also checked against Logto (live-check.ts).
 * @param organizationId the organization in the path, if there is one
 */
export function denialOf(caller: Caller, rule: AccessRule, organizationId: string | undefined): Denial | undefined {
  if (rule.who === 'anyone') return undefined;
  if (rule.who === 'users') {
    return caller.kind === 'user'
      ? undefined
      : deny('This route is for user tokens without an organization only: it shows users their own data.');
  }
  if (caller.kind === 'user') {
    return deny(
      'A user token is valid for /api/me only. Request an organization token (organization_id) to work with an organization.',
    );
  }
  if (caller.kind === 'organization') {
    if (rule.who === 'services')
      return deny('This route is for service tokens only: it is not limited to one organization.');
    if (organizationId !== undefined && organizationId !== caller.organizationId) {
      return {
        code: 'auth.organization_mismatch',
        detail: 'The token is for a different organization than the one in the path.',
        missing: [],
      };
    }
  }
  return denyMissing(caller, rule.permissions);
}
