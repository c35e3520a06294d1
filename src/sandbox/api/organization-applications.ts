import { created, json, noContent } from '../http/exchange.js';
import { array, object, optional, string } from '../http/guard.js';
import { pageOf, windowOf } from '../http/paging.js';
import { constraintViolated, notFound, unknownReference } from '../http/refusal.js';
import { contains } from '../data/like.js';
import type { ApiRoute, Call } from './call.js';
import { requireExisting } from './references.js';
import { roleRefs, rowsOf } from '../data/views.js';

const id = string({ min: 1 });

function list({ request, tables, param, query }: Call) {
  const window = windowOf(request.query);
  const q = query(optional(string()), 'q');
  const matches = q ? contains(q) : () => true;
  const machines = tables.machinesOf(param('id'));
  const rows = rowsOf(tables.applications, machines.ids()).filter((row) => matches(row.id, row.name));
  const visible = rows.map((row) => ({ ...row, organizationRoles: roleRefs(tables, machines.rolesOf(row.id)) }));
  return pageOf(request, visible, window);
}

function requestedIds({ tables, param, body }: Call, min: number): string[] {
  const { applicationIds } = body(object({ applicationIds: array(id, { min }) }));
  if (rowsOf(tables.applications, applicationIds).some(({ type }) => type !== 'MachineToMachine'))
    throw constraintViolated();
  requireExisting(applicationIds, tables.applications);
  if (applicationIds.length > 0 && !tables.organizations.has(param('id'))) throw unknownReference();
  return applicationIds;
}

function add(call: Call) {
  call.tables.machinesOf(call.param('id')).add(requestedIds(call, 1));
  return created();
}

function replace(call: Call) {
  call.tables.machinesOf(call.param('id')).replace(requestedIds(call, 0));
  return noContent();
}

function remove({ tables, param }: Call) {
  if (!tables.machinesOf(param('id')).remove(param('applicationId'))) throw notFound();
  return noContent();
}

function organizationsOf({ tables, param }: Call) {
  const applicationId = param('id');
  if (!tables.applications.has(applicationId)) throw notFound();
  const rows = [...tables.organizations.values()].filter(({ id }) => tables.machinesOf(id).has(applicationId));
  return json(
    200,
    rows.map((row) => ({
      ...row,
      organizationRoles: roleRefs(tables, tables.machinesOf(row.id).rolesOf(applicationId)),
    })),
  );
}

export const organizationApplicationRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/organizations/:id/applications', handle: list },
  { method: 'POST', path: '/organizations/:id/applications', handle: add },
  { method: 'PUT', path: '/organizations/:id/applications', handle: replace },
  { method: 'DELETE', path: '/organizations/:id/applications/:applicationId', handle: remove },
  { method: 'GET', path: '/applications/:id/organizations', handle: organizationsOf },
];
