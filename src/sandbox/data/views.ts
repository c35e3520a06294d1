import type { OrganizationScope } from './rows.js';
import type { Tables } from './tables.js';

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The existing rows with these ids. */
export const rowsOf = <T>(table: ReadonlyMap<string, T>, ids: Iterable<string>): T[] =>
  [...ids].map((id) => table.get(id)).filter((row): row is T & {} => row !== undefined);

/** Rows sorted by name, like most of Logto's lists. */
export const sortedByName = <T extends { name: string }>(rows: Iterable<T>): T[] => [...rows].toSorted(byName);

/** Roles as part of a member: id and name, sorted by name. */
export const roleRefs = (tables: Tables, roleIds: Iterable<string> = []) =>
  sortedByName(rowsOf(tables.organizationRoles, roleIds)).map(({ id, name }) => ({ id, name }));

/** The organization scopes that these roles grant together. */
export function scopesOfRoles(tables: Tables, roleIds: Iterable<string> = []): OrganizationScope[] {
  const ids = new Set([...roleIds].flatMap((roleId) => [...tables.roleScopes.get(roleId)]));
  return sortedByName(rowsOf(tables.organizationScopes, ids));
}
