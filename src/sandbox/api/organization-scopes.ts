import { longId } from '../data/ids.js';
import { contains } from '../data/like.js';
import type { OrganizationScope } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { nullable, object, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notExists, notFound, nothingToUpdate, notUnique } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { sortedByName } from '../data/views.js';

const name = string({ min: 1, max: 255 });
const description = optional(nullable(string()));
const creation = object({ name, description });
const change = object({ name: optional(name), description });

const isNameTaken = (tables: Tables, name: string, exceptId?: string) =>
  [...tables.organizationScopes.values()].some((scope) => scope.name === name && scope.id !== exceptId);

function list({ request, tables, query }: Call) {
  const window = optionalWindow(request.query);
  const q = query(optional(string()), 'q');
  const matches = q ? contains(q) : () => true;
  const scopes = sortedByName(tables.organizationScopes.values()).filter((scope) => matches(scope.id, scope.name));
  return pageOf(request, scopes, window);
}

function create({ tables, body, emit }: Call) {
  const given = body(creation);
  if (isNameTaken(tables, given.name)) throw notUnique();
  const scope: OrganizationScope = {
    tenantId: 'default',
    id: longId(),
    name: given.name,
    description: given.description || null,
  };
  tables.organizationScopes.set(scope.id, scope);
  emit('OrganizationScope.Created', { data: scope });
  return json(201, scope);
}

function get({ tables, param }: Call) {
  const scope = tables.organizationScopes.get(param('id'));
  if (!scope) throw notFound();
  return json(200, scope);
}

function patch({ tables, param, body, emit }: Call) {
  const given = body(change);
  if (Object.keys(given).length === 0) throw nothingToUpdate();
  const before = tables.organizationScopes.get(param('id'));
  if (!before) throw notExists('organization_scope');
  if (given.name !== undefined && isNameTaken(tables, given.name, before.id)) throw notUnique();
  const scope: OrganizationScope = {
    ...before,
    name: given.name ?? before.name,
    description: given.description === undefined ? before.description : given.description || null,
  };
  tables.organizationScopes.set(scope.id, scope);
  emit('OrganizationScope.Data.Updated', { data: scope });
  return json(200, scope);
}

function remove({ tables, param, emit }: Call) {
  if (!tables.organizationScopes.delete(param('id'))) throw notFound();
  tables.roleScopes.removeAll(param('id'));
  emit('OrganizationScope.Deleted');
  return noContent();
}

export const organizationScopeRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/organization-scopes', handle: list },
  { method: 'POST', path: '/organization-scopes', handle: create },
  { method: 'GET', path: '/organization-scopes/:id', handle: get },
  { method: 'PATCH', path: '/organization-scopes/:id', handle: patch },
  { method: 'DELETE', path: '/organization-scopes/:id', handle: remove },
];
