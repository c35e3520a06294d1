import { contains } from '../data/like.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { array, object, optional, string } from '../http/guard.js';
import { page, windowOf } from '../http/paging.js';
import { notFound, unknownReference } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { requireExisting } from './references.js';
import { roleRefs, rowsOf } from '../data/views.js';

const id = string({ min: 1 });
const additions = object({ userIds: array(id, { min: 1 }) });
const replacement = object({ userIds: array(id) });

/** Without a filter this only reads the sorted ids. */
function idsMatching(tables: Tables, organizationId: string, q?: string, roleId?: string): readonly string[] {
  const members = tables.membersOf(organizationId);
  if (!q && roleId === undefined) return members.ids();
  const matches = q ? contains(q) : () => true;
  return members.ids().filter((userId) => {
    if (roleId !== undefined && !members.rolesOf(userId)?.has(roleId)) return false;
    const user = tables.users.get(userId);
    return user !== undefined && matches(user.id, user.name, user.username, user.primaryEmail, user.primaryPhone);
  });
}

function list({ request, tables, param, query }: Call) {
  const window = windowOf(request.query);
  const q = query(optional(string()), 'q');
  const roleId = query(optional(id), 'organizationRoleId');
  const members = tables.membersOf(param('id'));
  const ids = idsMatching(tables, param('id'), q, roleId);
  const users = rowsOf(tables.users, ids.slice(window.offset, window.offset + window.limit));
  const rows = users.map((user) => ({ ...user, organizationRoles: roleRefs(tables, members.rolesOf(user.id)) }));
  return page(request, ids.length, rows, window);
}

// Logto silently truncates longer lists.
const MAX_EVENT_IDS = 5000;

/** Like Logto, sends the event even if nothing changed, and omits empty lists. */
function emitMembershipUpdated(call: Call, added: readonly string[], removed: readonly string[]): void {
  call.emit('Organization.Membership.Updated', {
    organizationId: call.param('id'),
    ...(added.length > 0 ? { addedUserIds: added.slice(0, MAX_EVENT_IDS) } : {}),
    ...(removed.length > 0 ? { removedUserIds: removed.slice(0, MAX_EVENT_IDS) } : {}),
  });
}

function add(call: Call) {
  const { tables, param, body } = call;
  const { userIds } = body(additions);
  requireExisting(userIds, tables.users);
  if (!tables.organizations.has(param('id'))) throw unknownReference();
  emitMembershipUpdated(call, tables.membersOf(param('id')).add(userIds), []);
  return json(201, { userIds });
}

function replace(call: Call) {
  const { tables, param, body } = call;
  const { userIds } = body(replacement);
  requireExisting(userIds, tables.users);
  if (!tables.organizations.has(param('id'))) {
    if (userIds.length > 0) throw unknownReference();
    return noContent();
  }
  const { added, removed } = tables.membersOf(param('id')).replace(userIds);
  emitMembershipUpdated(call, added, removed);
  return noContent();
}

function remove(call: Call) {
  const userId = call.param('userId');
  if (!call.tables.membersOf(call.param('id')).remove(userId)) throw notFound();
  emitMembershipUpdated(call, [], [userId]);
  return noContent();
}

export const memberRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/organizations/:id/users', handle: list },
  { method: 'POST', path: '/organizations/:id/users', handle: add },
  { method: 'PUT', path: '/organizations/:id/users', handle: replace },
  { method: 'DELETE', path: '/organizations/:id/users/:userId', handle: remove },
];
