import { longId } from '../data/ids.js';
import { contains } from '../data/like.js';
import type { OrganizationRole } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { array, nullable, object, oneOf, optional, string } from '../http/guard.js';
import { pageOf, windowOf } from '../http/paging.js';
import { notExists, notFound, nothingToUpdate, notUnique } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { requireExisting } from './references.js';
import { scopeSubroutes } from './role-scopes.js';
import { rowsOf, scopesOfRoles, sortedByName } from '../data/views.js';

const id = string({ min: 1 });
const name = string({ min: 1, max: 128 });
const description = optional(nullable(string({ max: 256 })));
const type = oneOf('User', 'MachineToMachine');
const creation = object({
  name,
  description,
  type: optional(type),
  organizationScopeIds: optional(array(id)),
  resourceScopeIds: optional(array(id)),
});
const change = object({ name: optional(name), description, type: optional(type) });

function withScopes(tables: Tables, role: OrganizationRole) {
  const resourceScopes = rowsOf(tables.resourceScopes, tables.roleResourceScopes.get(role.id)).map((scope) => {
    const resource = tables.resources.get(scope.resourceId);
    return { id: scope.id, name: scope.name, resource: { id: scope.resourceId, name: resource?.name ?? '' } };
  });
  const scopes = scopesOfRoles(tables, [role.id]).map(({ id, name }) => ({ id, name }));
  return { ...role, scopes, resourceScopes };
}

const isNameTaken = (tables: Tables, name: string, exceptId?: string) =>
  [...tables.organizationRoles.values()].some((role) => role.name === name && role.id !== exceptId);

function list({ request, tables, query }: Call) {
  const window = windowOf(request.query);
  const q = query(optional(string()), 'q');
  const matches = q ? contains(q) : () => true;
  const roles = sortedByName(tables.organizationRoles.values()).filter((role) => matches(role.id, role.name));
  return pageOf(
    request,
    roles.map((role) => withScopes(tables, role)),
    window,
  );
}

function create({ tables, body, emit }: Call) {
  const given = body(creation);
  const { organizationScopeIds = [], resourceScopeIds = [] } = given;
  if (isNameTaken(tables, given.name)) throw notUnique();
  requireExisting(organizationScopeIds, tables.organizationScopes);
  requireExisting(resourceScopeIds, tables.resourceScopes);
  const role: OrganizationRole = {
    tenantId: 'default',
    id: longId(),
    name: given.name,
    description: given.description || null,
    type: given.type ?? 'User',
  };
  tables.organizationRoles.set(role.id, role);
  tables.roleScopes.add(role.id, organizationScopeIds);
  tables.roleResourceScopes.add(role.id, resourceScopeIds);
  emit('OrganizationRole.Created', { data: role });
  return json(201, role);
}

function get({ tables, param }: Call) {
  const role = tables.organizationRoles.get(param('id'));
  if (!role) throw notFound();
  return json(200, role);
}

function patch({ tables, param, body, emit }: Call) {
  const given = body(change);
  if (Object.keys(given).length === 0) throw nothingToUpdate();
  const before = tables.organizationRoles.get(param('id'));
  if (!before) throw notExists('organization_role');
  if (given.name !== undefined && isNameTaken(tables, given.name, before.id)) throw notUnique();
  const role: OrganizationRole = {
    ...before,
    name: given.name ?? before.name,
    description: given.description === undefined ? before.description : given.description || null,
    type: given.type ?? before.type,
  };
  tables.organizationRoles.set(role.id, role);
  emit('OrganizationRole.Data.Updated', { data: role });
  return json(200, role);
}

function remove({ tables, param, emit }: Call) {
  if (!tables.removeOrganizationRole(param('id'))) throw notFound();
  emit('OrganizationRole.Deleted');
  return noContent();
}

export const organizationRoleRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/organization-roles', handle: list },
  { method: 'POST', path: '/organization-roles', handle: create },
  { method: 'GET', path: '/organization-roles/:id', handle: get },
  { method: 'PATCH', path: '/organization-roles/:id', handle: patch },
  { method: 'DELETE', path: '/organization-roles/:id', handle: remove },
  ...scopeSubroutes,
];
