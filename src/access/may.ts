import { type Caller, holds } from './caller.js';
import type { AccessRule, Grant } from './permissions.js';

/** Why a caller may not; undefined when they may. */
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

const lacking = (caller: Caller, permissions: readonly Grant[]): Denial | undefined => {
  const missing = permissions.filter((permission) => !holds(caller, permission));
  return missing.length > 0
    ? deny(`The token lacks ${missing.map((name) => `the permission ${name}`).join(' and ')}.`, missing)
    : undefined;
};

/**
 * Whether a caller may use a route. Decided by the token alone; a write by an organization's token is checked against
 * Logto besides (live-check.ts).
 * @param organizationId the organization the path names, if it names one
 */
export function denialOf(caller: Caller, rule: AccessRule, organizationId: string | undefined): Denial | undefined {
  if (rule.who === 'anyone') return undefined;
  if (rule.who === 'users') {
    return caller.kind === 'user'
      ? undefined
      : deny('This is for the token of a user that belongs to no organization: it tells users of themselves.');
  }
  if (caller.kind === 'user') {
    return deny(
      'The token of a user is good for /api/me only. Ask for an organization token (organization_id) to work with an organization.',
    );
  }
  if (caller.kind === 'organization') {
    if (rule.who === 'services') return deny('This is for service tokens only: it does not concern one organization.');
    if (organizationId !== undefined && organizationId !== caller.organizationId) {
      return {
        code: 'auth.organization_mismatch',
        detail: 'The token belongs to another organization than the one in the path.',
        missing: [],
      };
    }
  }
  return lacking(caller, rule.permissions);
}
