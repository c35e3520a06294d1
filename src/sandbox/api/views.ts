import type { OrganizationScope } from '../data/rows.js';
import type { Tables } from '../data/tables.js';

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The rows of these ids that still exist. */
export const rowsOf = <T>(table: ReadonlyMap<string, T>, ids: Iterable<string>): T[] =>
  [...ids].map((id) => table.get(id)).filter((row): row is T & {} => row !== undefined);

/** A table by name, as most of Logto's lists are sorted. */
export const sortedByName = <T extends { name: string }>(rows: Iterable<T>): T[] => [...rows].toSorted(byName);

/** Roles as they stand beside a member: id and name, by name. */
export const rolesBeside = (tables: Tables, roleIds: Iterable<string> = []) =>
  sortedByName(rowsOf(tables.organizationRoles, roleIds)).map(({ id, name }) => ({ id, name }));

/** What these roles allow inside an organization, taken together. */
export function scopesOfRoles(tables: Tables, roleIds: Iterable<string> = []): OrganizationScope[] {
  const ids = new Set([...roleIds].flatMap((roleId) => [...tables.roleScopes.of(roleId)]));
  return sortedByName(rowsOf(tables.organizationScopes, ids));
}
