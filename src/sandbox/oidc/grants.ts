import { rowsOf, scopesOfRoles } from '../data/views.js';
import type { Tables } from '../data/tables.js';

/** The subject of a token: a user, or an application acting for itself. */
export interface Subject {
  readonly id: string;
  readonly isUser: boolean;
}

const membershipsOf = (tables: Tables, { isUser }: Subject, organizationId: string) =>
  isUser ? tables.membersOf(organizationId) : tables.machinesOf(organizationId);

export const belongsTo = (tables: Tables, subject: Subject, organizationId: string): boolean =>
  membershipsOf(tables, subject, organizationId).has(subject.id);

/** Names of the organization scopes of the subject's roles in an organization. */
export const organizationScopeNames = (tables: Tables, subject: Subject, organizationId: string): string[] =>
  scopesOfRoles(tables, membershipsOf(tables, subject, organizationId).rolesOf(subject.id)).map(({ name }) => name);

/**
 * Names of the resource scopes that the subject may get. Within an organization these are the scopes of the roles there.
 * Without an organization, a user gets the scopes of the roles in all of the user's organizations together.
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
  const tenantRoles = organizationId === undefined ? [...tables.tenantRoles.get(subject.id)] : [];
  const scopeIds = new Set([
    ...organizationRoles.flatMap((roleId) => [...tables.roleResourceScopes.get(roleId)]),
    ...tenantRoles.flatMap((roleId) => [...tables.tenantRoleScopes.get(roleId)]),
  ]);
  return rowsOf(tables.resourceScopes, scopeIds)
    .filter((scope) => scope.resourceId === resourceId)
    .map(({ name }) => name);
}
