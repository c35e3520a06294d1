import { shortId } from '../data/ids.js';
import { jsonb } from '../data/jsonb.js';
import type { User } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { type Identifier, putUser, takenIdentifier } from '../data/users.js';
import { roleRefs } from '../data/views.js';
import { json, noContent } from '../http/exchange.js';
import { anyObject, boolean, nullable, object, optional, string } from '../http/guard.js';
import { pageOf, windowOf } from '../http/paging.js';
import { notFound, Refusal } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { userFilter } from './user-search.js';

const text = (pattern?: RegExp) => optional(nullable(string(pattern ? { pattern } : {})));
const fields = {
  username: text(/^[A-Z_a-z]\w*$/),
  primaryEmail: text(/^\S+@\S+\.\S+$/),
  primaryPhone: text(/^\d+$/),
  name: text(),
  avatar: text(),
  customData: optional(anyObject),
  profile: optional(anyObject),
};
const creation = object({ ...fields, password: optional(string({ min: 1 })) });
const change = object(fields);
const suspension = object({ isSuspended: boolean });

const withHasPassword = (tables: Tables, user: User) => ({ ...user, hasPassword: tables.passwords.has(user.id) });

function findUser({ tables, param }: Call): User {
  const user = tables.users.get(param('userId'));
  if (!user) throw notFound();
  return user;
}

const IN_USE: Record<Identifier, string> = {
  username: 'user.username_already_in_use',
  primaryEmail: 'user.email_already_in_use',
  primaryPhone: 'user.phone_already_in_use',
};

function requireFreeIdentifiers(tables: Tables, user: User): void {
  const taken = takenIdentifier(tables, user);
  if (taken) throw new Refusal(422, IN_USE[taken]);
}

function list({ request, tables }: Call) {
  const window = windowOf(request.query);
  const matches = userFilter(request.query);
  const outsideOf = request.query.get('excludeOrganizationId');
  const excluded = outsideOf ? tables.membersOf(outsideOf) : undefined;
  const rows = [...tables.users.values()].filter((user) => matches(user) && !excluded?.has(user.id)).toReversed();
  const page = pageOf(request, rows, window);
  const visible = rows.slice(window.offset, window.offset + window.limit).map((user) => withHasPassword(tables, user));
  return { ...page, body: JSON.stringify(visible) };
}

function create({ tables, body, emit }: Call) {
  const given = body(creation);
  const now = Date.now();
  const user: User = {
    id: shortId(),
    username: given.username || null,
    primaryEmail: given.primaryEmail || null,
    primaryPhone: given.primaryPhone || null,
    name: given.name || null,
    avatar: given.avatar || null,
    customData: jsonb(given.customData ?? {}),
    identities: {},
    lastSignInAt: null,
    createdAt: now,
    updatedAt: now,
    profile: given.profile ?? {},
    applicationId: null,
    cimdClientId: null,
    isSuspended: false,
  };
  requireFreeIdentifiers(tables, user);
  putUser(tables, user);
  if (given.password !== undefined) tables.passwords.add(user.id);
  emit('User.Created', { data: user });
  // 200, not 201: users are the one exception at Logto.
  return json(200, withHasPassword(tables, user));
}

function update(call: Call, event: string, changes: Partial<User>) {
  const user: User = { ...findUser(call), ...changes, updatedAt: Date.now() };
  requireFreeIdentifiers(call.tables, user);
  putUser(call.tables, user);
  call.emit(event, { data: user });
  return json(200, withHasPassword(call.tables, user));
}

function patch(call: Call) {
  const { customData, profile, ...given } = call.body(change);
  const texts = Object.entries(given).map(([field, value]) => [field, value || null]);
  return update(call, 'User.Data.Updated', {
    ...Object.fromEntries(texts),
    ...(customData ? { customData: jsonb(customData) } : {}),
    ...(profile ? { profile } : {}),
  });
}

function remove(call: Call) {
  const user = findUser(call);
  call.tables.removeUser(user.id);
  call.emit('User.Deleted', { data: user });
  return noContent();
}

function organizations(call: Call) {
  const { id } = findUser(call);
  const { tables } = call;
  const rows = [...tables.organizations.values()].filter((row) => tables.membersOf(row.id).has(id));
  return json(
    200,
    rows.map((row) => ({ ...row, organizationRoles: roleRefs(tables, tables.membersOf(row.id).rolesOf(id)) })),
  );
}

export const userRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/users', handle: list },
  { method: 'POST', path: '/users', handle: create },
  { method: 'GET', path: '/users/:userId', handle: (call) => json(200, withHasPassword(call.tables, findUser(call))) },
  { method: 'PATCH', path: '/users/:userId', handle: patch },
  { method: 'DELETE', path: '/users/:userId', handle: remove },
  {
    method: 'PATCH',
    path: '/users/:userId/is-suspended',
    handle: (call) => update(call, 'User.SuspensionStatus.Updated', call.body(suspension)),
  },
  { method: 'GET', path: '/users/:userId/organizations', handle: organizations },
];
