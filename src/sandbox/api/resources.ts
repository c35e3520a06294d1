import { longId } from '../data/ids.js';
import { contains } from '../data/like.js';
import type { Resource, ResourceScope } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { nullable, number, object, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notExistsWithId, notFound, Refusal } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';

const name = string({ min: 1 });
const creation = object({ name, indicator: string({ min: 1, url: true }), accessTokenTtl: optional(number) });
const change = object({ name: optional(name), accessTokenTtl: optional(number) });
const newScope = object({
  name: string({ min: 1, max: 256, pattern: /^\S+$/ }),
  description: optional(nullable(string())),
});

function findResource({ tables, param }: Call): Resource {
  const resource = tables.resources.get(param('id'));
  if (!resource) throw notExistsWithId('resources', param('id'));
  return resource;
}

const scopesOf = (tables: Tables, resourceId: string) =>
  [...tables.resourceScopes.values()].filter((scope) => scope.resourceId === resourceId);

function list({ request, tables }: Call) {
  const includeScopes = request.query.get('includeScopes') === 'true';
  const rows = [...tables.resources.values()].map((row) =>
    includeScopes ? { ...row, scopes: scopesOf(tables, row.id) } : row,
  );
  return pageOf(request, rows, optionalWindow(request.query));
}

function create({ tables, body }: Call) {
  const given = body(creation);
  const { indicator } = given;
  if ([...tables.resources.values()].some((row) => row.indicator === indicator)) {
    throw new Refusal(422, 'resource.resource_identifier_in_use', { values: { indicator } });
  }
  const resource: Resource = {
    tenantId: 'default',
    id: longId(),
    name: given.name,
    indicator,
    isDefault: false,
    accessTokenTtl: given.accessTokenTtl ?? 3600,
  };
  tables.resources.set(resource.id, resource);
  return json(201, { ...resource, scopes: [] });
}

function patch(call: Call) {
  const given = call.body(change);
  const before = findResource(call);
  const resource = {
    ...before,
    name: given.name ?? before.name,
    accessTokenTtl: given.accessTokenTtl ?? before.accessTokenTtl,
  };
  call.tables.resources.set(resource.id, resource);
  return json(200, resource);
}

function remove(call: Call) {
  const { id } = findResource(call);
  for (const scope of scopesOf(call.tables, id)) call.tables.removeResourceScope(scope.id);
  call.tables.resources.delete(id);
  return noContent();
}

function listScopes(call: Call) {
  const { request, tables } = call;
  const search = request.query.get('search');
  const matches = search ? contains(search.replace(/^%|%$/g, '')) : () => true;
  const rows = scopesOf(tables, findResource(call).id).filter((scope) => matches(scope.name));
  return pageOf(request, rows, optionalWindow(request.query));
}

function addScope(call: Call) {
  const { tables, body } = call;
  const { id: resourceId } = findResource(call);
  const { name, description } = body(newScope);
  if (scopesOf(tables, resourceId).some((scope) => scope.name === name)) {
    throw new Refusal(422, 'scope.name_exists', { values: { name } });
  }
  const scope: ResourceScope = {
    tenantId: 'default',
    id: longId(),
    resourceId,
    name,
    description: description || null,
    createdAt: Date.now(),
  };
  tables.resourceScopes.set(scope.id, scope);
  return json(201, scope);
}

function removeScope({ tables, param }: Call) {
  if (tables.resourceScopes.get(param('scopeId'))?.resourceId !== param('id')) throw notFound();
  tables.removeResourceScope(param('scopeId'));
  return noContent();
}

export const resourceRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/resources', handle: list },
  { method: 'POST', path: '/resources', handle: create },
  { method: 'GET', path: '/resources/:id', handle: (call) => json(200, findResource(call)) },
  { method: 'PATCH', path: '/resources/:id', handle: patch },
  { method: 'DELETE', path: '/resources/:id', handle: remove },
  { method: 'GET', path: '/resources/:id/scopes', handle: listScopes },
  { method: 'POST', path: '/resources/:id/scopes', handle: addScope },
  { method: 'DELETE', path: '/resources/:id/scopes/:scopeId', handle: removeScope },
];
