import type { Membership } from '../data/membership.js';
import type { RoleType } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { created, json, noContent } from '../http/exchange.js';
import { array, object, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notAMember, notFound } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { requireRoles, requireExisting, resolveRoleIds } from './references.js';
import { rowsOf, scopesOfRoles } from '../data/views.js';

const id = string({ min: 1 });
const ids = array(id, { min: 1 });
const choice = object({ organizationRoleIds: optional(array(id)), organizationRoleNames: optional(array(id)) });

/** Users and applications have roles in an organization under the same rules, with different names in the API. */
interface Kind {
  readonly type: RoleType;
  readonly segment: 'users' | 'applications';
  readonly param: 'userId' | 'applicationId';
  readonly field: 'userIds' | 'applicationIds';
  members(tables: Tables, organizationId: string): Membership;
}
const users: Kind = {
  type: 'User',
  segment: 'users',
  param: 'userId',
  field: 'userIds',
  members: (tables, organizationId) => tables.membersOf(organizationId),
};
const applications: Kind = {
  type: 'MachineToMachine',
  segment: 'applications',
  param: 'applicationId',
  field: 'applicationIds',
  members: (tables, organizationId) => tables.machinesOf(organizationId),
};

function routesOf(kind: Kind): readonly ApiRoute[] {
  // Membership is checked before the body, so here 422 takes precedence over 400.
  const member = ({ tables, param }: Call) => {
    const members = kind.members(tables, param('id'));
    if (!members.has(param(kind.param))) throw notAMember();
    return { members, id: param(kind.param) };
  };

  const list = (call: Call) => {
    const { members, id } = member(call);
    const rows = rowsOf(call.tables.organizationRoles, members.rolesOf(id) ?? []);
    return pageOf(call.request, rows, optionalWindow(call.request.query));
  };

  const requestedRoleIds = ({ tables, body }: Call) => {
    const { organizationRoleIds, organizationRoleNames } = body(choice);
    const roleIds = resolveRoleIds(tables, organizationRoleIds, organizationRoleNames);
    requireRoles(roleIds, kind.type, tables);
    return roleIds;
  };

  const add = (call: Call) => {
    const { members, id } = member(call);
    const organizationRoleIds = requestedRoleIds(call);
    members.addRoles(id, organizationRoleIds);
    return kind === users ? json(201, { organizationRoleIds }) : created();
  };

  const replace = (call: Call) => {
    const { members, id } = member(call);
    members.setRoles(id, requestedRoleIds(call));
    return noContent();
  };

  const remove = (call: Call) => {
    const { members, id } = member(call);
    if (!members.removeRole(id, call.param('roleId'))) throw notFound();
    return noContent();
  };

  const scopes = ({ tables, param }: Call) =>
    json(200, scopesOfRoles(tables, kind.members(tables, param('id')).rolesOf(param(kind.param))));

  const assignToMany = ({ tables, param, body }: Call) => {
    const given = body(object({ [kind.field]: ids, organizationRoleIds: ids }));
    const { organizationRoleIds = [], [kind.field]: memberIds = [] } = given;
    const members = kind.members(tables, param('id'));
    requireRoles(organizationRoleIds, kind.type, tables);
    requireExisting(memberIds, members);
    for (const memberId of memberIds) members.addRoles(memberId, organizationRoleIds);
    return created();
  };

  const base = `/organizations/:id/${kind.segment}`;
  const one = `${base}/:${kind.param}`;
  return [
    { method: 'POST', path: `${base}/roles`, handle: assignToMany },
    { method: 'GET', path: `${one}/roles`, handle: list },
    { method: 'POST', path: `${one}/roles`, handle: add },
    { method: 'PUT', path: `${one}/roles`, handle: replace },
    { method: 'DELETE', path: `${one}/roles/:roleId`, handle: remove },
    { method: 'GET', path: `${one}/scopes`, handle: scopes },
  ];
}

export const memberRoleRoutes: readonly ApiRoute[] = [...routesOf(users), ...routesOf(applications)];
