import { longId } from '../data/ids.js';
import type { TenantRole } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { array, object, oneOf, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow, windowOf } from '../http/paging.js';
import { notExistsWithId, notFound, Refusal } from '../http/refusal.js';
import { contains } from '../data/like.js';
import type { ApiRoute, Call } from './call.js';
import { requireExisting } from './references.js';
import { rowsOf } from '../data/views.js';

const id = string({ min: 1 });
const name = string({ min: 1, max: 128 });
const description = string({ min: 1, max: 128 });
const creation = object({
  name,
  description,
  type: optional(oneOf('User', 'MachineToMachine')),
  scopeIds: optional(array(id)),
});
const change = object({ name: optional(name), description: optional(description) });
const FEATURED = 3;

function findRole({ tables, param }: Call): TenantRole {
  const role = tables.roles.get(param('id'));
  if (!role) throw notExistsWithId('roles', param('id'));
  return role;
}

function withHolders(tables: Tables, role: TenantRole) {
  const holders = tables.tenantRoles.holders(role.id);
  const users = rowsOf(tables.users, holders);
  const applications = rowsOf(tables.applications, holders);
  return {
    ...role,
    usersCount: users.length,
    featuredUsers: users.slice(0, FEATURED).map(({ id, avatar, name }) => ({ id, avatar, name })),
    applicationsCount: applications.length,
    featuredApplications: applications.slice(0, FEATURED).map(({ id, name, type }) => ({ id, name, type })),
  };
}

function list({ request, tables }: Call) {
  const window = windowOf(request.query);
  const { query } = request;
  const search = query.get('search');
  const matches = search ? contains(search.replace(/^%|%$/g, '')) : () => true;
  const rows = [...tables.roles.values()].filter(
    (role) => matches(role.id, role.name, role.description) && (query.get('type') ?? role.type) === role.type,
  );
  return pageOf(
    request,
    rows.map((role) => withHolders(tables, role)),
    window,
  );
}

function requireFreeName(tables: Tables, name: string, exceptId?: string): void {
  if ([...tables.roles.values()].some((role) => role.name === name && role.id !== exceptId)) {
    throw new Refusal(422, 'role.name_in_use', { values: { name } });
  }
}

function create({ tables, body }: Call) {
  const { name, description, type = 'User', scopeIds = [] } = body(creation);
  requireFreeName(tables, name);
  requireExisting(scopeIds, tables.resourceScopes);
  const role: TenantRole = { tenantId: 'default', id: longId(), name, description, type, isDefault: false };
  tables.roles.set(role.id, role);
  tables.tenantRoleScopes.add(role.id, scopeIds);
  return json(200, role);
}

function patch(call: Call) {
  const before = findRole(call);
  const given = call.body(change);
  if (given.name !== undefined) requireFreeName(call.tables, given.name, before.id);
  const role = { ...before, name: given.name ?? before.name, description: given.description ?? before.description };
  call.tables.roles.set(role.id, role);
  return json(200, role);
}

function remove(call: Call) {
  const { id } = findRole(call);
  call.tables.tenantRoles.removeAll(id);
  call.tables.tenantRoleScopes.removeAll(id);
  call.tables.roles.delete(id);
  return noContent();
}

function listScopes(call: Call) {
  const { request, tables } = call;
  const rows = rowsOf(tables.resourceScopes, tables.tenantRoleScopes.get(findRole(call).id));
  const visible = rows.map((scope) => ({ ...scope, resource: tables.resources.get(scope.resourceId) }));
  return pageOf(request, visible, optionalWindow(request.query));
}

function addScopes(call: Call) {
  const { tables, body } = call;
  const { id: roleId } = findRole(call);
  const { scopeIds } = body(object({ scopeIds: array(id, { min: 1 }) }));
  requireExisting(scopeIds, tables.resourceScopes);
  tables.tenantRoleScopes.add(roleId, scopeIds);
  return json(201, rowsOf(tables.resourceScopes, tables.tenantRoleScopes.get(roleId)));
}

function removeScope(call: Call) {
  if (!call.tables.tenantRoleScopes.remove(findRole(call).id, call.param('scopeId'))) throw notFound();
  return noContent();
}

/** Users and applications have tenant roles under the same rules. */
function holderRoutes(
  segment: 'users' | 'applications',
  table: (tables: Tables) => ReadonlyMap<string, unknown>,
): ApiRoute[] {
  const holder = ({ tables, param }: Call) => {
    if (!table(tables).has(param('id'))) throw notFound();
    return param('id');
  };
  const requestedRoleIds = ({ tables, body }: Call, min: number) => {
    const { roleIds } = body(object({ roleIds: array(id, { min }) }));
    requireExisting(roleIds, tables.roles);
    return roleIds;
  };
  const base = `/${segment}/:id/roles`;
  return [
    {
      method: 'GET',
      path: base,
      handle: (call) => {
        const { request, tables } = call;
        const roles = rowsOf(tables.roles, tables.tenantRoles.get(holder(call)));
        return pageOf(request, roles, windowOf(request.query));
      },
    },
    {
      method: 'POST',
      path: base,
      handle: (call) => {
        const id = holder(call);
        const roleIds = requestedRoleIds(call, 1);
        const addedRoleIds = call.tables.tenantRoles.add(id, roleIds);
        return json(201, { roleIds, addedRoleIds });
      },
    },
    {
      method: 'PUT',
      path: base,
      handle: (call) => {
        const id = holder(call);
        const roleIds = requestedRoleIds(call, 0);
        call.tables.tenantRoles.replace(id, roleIds);
        return json(200, { roleIds });
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:roleId`,
      handle: (call) => {
        if (!call.tables.tenantRoles.remove(holder(call), call.param('roleId'))) throw notFound();
        return noContent();
      },
    },
  ];
}

export const roleRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/roles', handle: list },
  { method: 'POST', path: '/roles', handle: create },
  { method: 'GET', path: '/roles/:id', handle: (call) => json(200, findRole(call)) },
  { method: 'PATCH', path: '/roles/:id', handle: patch },
  { method: 'DELETE', path: '/roles/:id', handle: remove },
  { method: 'GET', path: '/roles/:id/scopes', handle: listScopes },
  { method: 'POST', path: '/roles/:id/scopes', handle: addScopes },
  { method: 'DELETE', path: '/roles/:id/scopes/:scopeId', handle: removeScope },
  ...holderRoutes('users', (tables) => tables.users),
  ...holderRoutes('applications', (tables) => tables.applications),
];
