import { ID_LIMIT } from '../data/ids.js';
import type { RoleType } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { constraintViolated, Refusal, unknownReference, valueTooLong } from '../http/refusal.js';

/** Throws for ids that are too long for the database or unknown, in PostgreSQL's order. */
export function requireExisting(ids: readonly string[], table: { has(id: string): boolean }): void {
  if (ids.some((id) => id.length > ID_LIMIT)) throw valueTooLong();
  if (!ids.every((id) => table.has(id))) throw unknownReference();
}

/** Throws for roles of the wrong type before unknown ones, because constraints on the row are checked before foreign keys. */
export function requireRoles(roleIds: readonly string[], type: RoleType, { organizationRoles }: Tables): void {
  if (roleIds.some((id) => id.length > ID_LIMIT)) throw valueTooLong();
  if (roleIds.some((id) => (organizationRoles.get(id)?.type ?? type) !== type)) throw constraintViolated();
  requireExisting(roleIds, organizationRoles);
}

/** Resolves ids and exact names to distinct role ids. */
export function resolveRoleIds(
  { organizationRoles }: Tables,
  ids: readonly string[] = [],
  names: readonly string[] = [],
): string[] {
  const byName = new Map([...organizationRoles.values()].map((role) => [role.name, role.id]));
  const unknown = names.filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    const list = new Intl.ListFormat('en').format(unknown);
    throw new Refusal(422, 'organization.role_names_not_found', { values: { names: list } });
  }
  return [...new Set([...ids, ...names.map((name) => byName.get(name) ?? '')])];
}
