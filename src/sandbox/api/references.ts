import { ID_LIMIT } from '../data/ids.js';
import type { RoleType } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { constraintViolated, Refusal, unknownReference, valueTooLong } from '../http/refusal.js';

/** Refuses ids the database could not store or does not know, in the order PostgreSQL notices. */
export function mustExist(ids: readonly string[], table: { has(id: string): boolean }): void {
  if (ids.some((id) => id.length > ID_LIMIT)) throw valueTooLong();
  if (!ids.every((id) => table.has(id))) throw unknownReference();
}

/** A constraint on the row is checked before its foreign keys: a role of the wrong type is noticed before an unknown one. */
export function mustBeRoles(roleIds: readonly string[], type: RoleType, { organizationRoles }: Tables): void {
  if (roleIds.some((id) => id.length > ID_LIMIT)) throw valueTooLong();
  if (roleIds.some((id) => (organizationRoles.get(id)?.type ?? type) !== type)) throw constraintViolated();
  mustExist(roleIds, organizationRoles);
}

/** Ids and names together, each role once. Names are exact. */
export function rolesMeant(
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
