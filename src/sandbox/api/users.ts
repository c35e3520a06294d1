import { shortId } from '../data/ids.js';
import { jsonb } from '../data/jsonb.js';
import type { User } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { anyObject, boolean, nullable, object, optional, string } from '../http/guard.js';
import { pageOf, windowOf } from '../http/paging.js';
import { notFound, Refusal } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { userFilter } from './user-search.js';
import { rolesBeside } from './views.js';

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

const shown = (tables: Tables, user: User) => ({ ...user, hasPassword: tables.passwords.has(user.id) });

function known({ tables, param }: Call): User {
  const user = tables.users.get(param('userId'));
  if (!user) throw notFound();
  return user;
}

const identifierKinds = [
  ['username', 'user.username_already_in_use'],
  ['primaryEmail', 'user.email_already_in_use'],
  ['primaryPhone', 'user.phone_already_in_use'],
] as const;

function mustBeFree(tables: Tables, user: User): void {
  for (const [field, code] of identifierKinds) {
    const owner = tables.identifiers.get(`${field}:${user[field] ?? ''}`);
    if (user[field] !== null && owner !== undefined && owner !== user.id) throw new Refusal(422, code);
  }
}

/** Keeps a user and what he is known by. */
export function putUser(tables: Tables, user: User): void {
  const before = tables.users.get(user.id);
  for (const [field] of identifierKinds) {
    if (before?.[field]) tables.identifiers.delete(`${field}:${before[field]}`);
    if (user[field] !== null) tables.identifiers.set(`${field}:${user[field]}`, user.id);
  }
  tables.users.set(user.id, user);
}

function list({ request, tables }: Call) {
  const window = windowOf(request.query);
  const matches = userFilter(request.query);
  const outsideOf = request.query.get('excludeOrganizationId');
  const excluded = outsideOf ? tables.membersOf(outsideOf) : undefined;
  const rows = [...tables.users.values()].filter((user) => matches(user) && !excluded?.has(user.id)).toReversed();
  const page = pageOf(request, rows, window);
  const visible = rows.slice(window.offset, window.offset + window.limit).map((user) => shown(tables, user));
  return { ...page, body: JSON.stringify(visible) };
}

function create({ tables, body, announce }: Call) {
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
  mustBeFree(tables, user);
  putUser(tables, user);
  if (given.password !== undefined) tables.passwords.add(user.id);
  announce('User.Created', { data: user });
  // 200, not 201: the one creation Logto answers so.
  return json(200, shown(tables, user));
}

function update(call: Call, event: string, changes: Partial<User>) {
  const user: User = { ...known(call), ...changes, updatedAt: Date.now() };
  mustBeFree(call.tables, user);
  putUser(call.tables, user);
  call.announce(event, { data: user });
  return json(200, shown(call.tables, user));
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
  const user = known(call);
  call.tables.removeUser(user.id);
  call.announce('User.Deleted', { data: user });
  return noContent();
}

function organizations(call: Call) {
  const { id } = known(call);
  const { tables } = call;
  const rows = [...tables.organizations.values()].filter((row) => tables.membersOf(row.id).has(id));
  return json(
    200,
    rows.map((row) => ({ ...row, organizationRoles: rolesBeside(tables, tables.membersOf(row.id).rolesOf(id)) })),
  );
}

export const userRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/users', handle: list },
  { method: 'POST', path: '/users', handle: create },
  { method: 'GET', path: '/users/:userId', handle: (call) => json(200, shown(call.tables, known(call))) },
  { method: 'PATCH', path: '/users/:userId', handle: patch },
  { method: 'DELETE', path: '/users/:userId', handle: remove },
  {
    method: 'PATCH',
    path: '/users/:userId/is-suspended',
    handle: (call) => update(call, 'User.SuspensionStatus.Updated', call.body(suspension)),
  },
  { method: 'GET', path: '/users/:userId/organizations', handle: organizations },
];
