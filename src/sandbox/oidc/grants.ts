import { rowsOf, scopesOfRoles } from '../api/views.js';
import type { Tables } from '../data/tables.js';

/** For whom a token is: a user, or an application for itself. */
export interface Subject {
  readonly id: string;
  readonly isUser: boolean;
}

const membershipsOf = (tables: Tables, { isUser }: Subject, organizationId: string) =>
  isUser ? tables.membersOf(organizationId) : tables.machinesOf(organizationId);

export const belongsTo = (tables: Tables, subject: Subject, organizationId: string): boolean =>
  membershipsOf(tables, subject, organizationId).has(subject.id);

/** Names of the organization scopes the subject's roles in that organization hold. */
export const organizationScopeNames = (tables: Tables, subject: Subject, organizationId: string): string[] =>
  scopesOfRoles(tables, membershipsOf(tables, subject, organizationId).rolesOf(subject.id)).map(({ name }) => name);

/**
 * Names of the scopes of an API the subject may have. Inside an organization only the roles there count. Outside, a
 * user's plain token carries what his roles grant in any of his organizations, without a word about which.
 */
export function resourceScopeNames(
  tables: Tables,
  subject: Subject,
  resourceId: string,
  organizationId?: string,
): string[] {
  const organizations =
    organizationId !== undefined ? [organizationId] : subject.isUser ? [...tables.organizations.keys()] : [];
  const organizationRoles = organizations.flatMap((id) => [
    ...(membershipsOf(tables, subject, id).rolesOf(subject.id) ?? []),
  ]);
  const tenantRoles = organizationId === undefined ? [...tables.tenantRoles.of(subject.id)] : [];
  const scopeIds = new Set([
    ...organizationRoles.flatMap((roleId) => [...tables.roleResourceScopes.of(roleId)]),
    ...tenantRoles.flatMap((roleId) => [...tables.tenantRoleScopes.of(roleId)]),
  ]);
  return rowsOf(tables.resourceScopes, scopeIds)
    .filter((scope) => scope.resourceId === resourceId)
    .map(({ name }) => name);
}
