import { shortId } from '../data/ids.js';
import { jsonb } from '../data/jsonb.js';
import { contains } from '../data/like.js';
import type { Organization, User } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { json, noContent } from '../http/exchange.js';
import { anyObject, boolean, nullable, number, object, optional, string } from '../http/guard.js';
import { page, windowOf } from '../http/paging.js';
import { internalError, notExists, notExistsWithId, notFound, nothingToUpdate } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';

const hexColor = string({ pattern: /^#[\da-f]{3}(?:[\da-f]{3})?$/i });
const url = string({ url: true });

const fields = {
  description: optional(nullable(string({ max: 256 }))),
  customData: optional(anyObject),
  isMfaRequired: optional(boolean),
  color: optional(
    object({
      primaryColor: optional(hexColor),
      isDarkModeEnabled: optional(boolean),
      darkPrimaryColor: optional(hexColor),
    }),
  ),
  branding: optional(
    object({ logoUrl: optional(url), darkLogoUrl: optional(url), favicon: optional(url), darkFavicon: optional(url) }),
  ),
  customCss: optional(nullable(string())),
};
const name = string({ min: 1, max: 128 });
const creation = object({ name, ...fields });
// Logto's PATCH accepts these two: it stores the first, and the second violates a constraint.
const change = object({ name: optional(name), ...fields, createdAt: optional(number), tenantId: optional(string()) });

/** Logto stores null instead of an empty string in nullable columns. */
const orNull = (text: string | null | undefined) => text || null;

const FEATURED = 3;
const TRUTHY = /^(?:true|1|yes|y)$/i;

function featured(tables: Tables, organization: Organization): object {
  const members = tables.membersOf(organization.id);
  const users = members
    .ids()
    .slice(0, FEATURED)
    .map((id) => tables.users.get(id))
    .filter((user): user is User => user !== undefined);
  return {
    ...organization,
    usersCount: members.size,
    featuredUsers: users.map(({ id, avatar, name }) => ({ id, avatar, name })),
  };
}

function list({ request, tables, query }: Call) {
  const window = windowOf(request.query);
  const q = query(optional(string()), 'q');
  const showFeatured = TRUTHY.test(query(optional(string()), 'showFeatured') ?? '');
  const matches = q ? contains(q) : () => true;
  const rows = [...tables.organizations.values()].filter((row) => matches(row.id, row.name));
  const visible = rows.slice(window.offset, window.offset + window.limit);
  return page(request, rows.length, showFeatured ? visible.map((row) => featured(tables, row)) : visible, window);
}

function create({ tables, body, emit }: Call) {
  const given = body(creation);
  const organization: Organization = {
    tenantId: 'default',
    id: shortId(),
    name: given.name,
    description: orNull(given.description),
    customData: jsonb(given.customData ?? {}),
    isMfaRequired: given.isMfaRequired ?? false,
    color: given.color ?? {},
    branding: given.branding ?? {},
    customCss: orNull(given.customCss),
    createdAt: Date.now(),
  };
  tables.organizations.set(organization.id, organization);
  emit('Organization.Created', { data: organization });
  return json(201, organization);
}

function get({ tables, param }: Call) {
  const organization = tables.organizations.get(param('id'));
  if (!organization) throw notExistsWithId('organizations', param('id'));
  return json(200, organization);
}

function patch({ tables, param, body, emit }: Call) {
  const { tenantId, ...given } = body(change);
  if (tenantId !== undefined) throw internalError();
  if (Object.keys(given).length === 0) throw nothingToUpdate();
  const before = tables.organizations.get(param('id'));
  if (!before) throw notExists('organization');
  const { name, description, customData, isMfaRequired, color, branding, customCss, createdAt } = given;
  const organization: Organization = {
    ...before,
    name: name ?? before.name,
    description: description === undefined ? before.description : orNull(description),
    customData: customData ? jsonb(customData) : before.customData,
    isMfaRequired: isMfaRequired ?? before.isMfaRequired,
    color: color ?? before.color,
    branding: branding ?? before.branding,
    customCss: customCss === undefined ? before.customCss : orNull(customCss),
    createdAt: createdAt ?? before.createdAt,
  };
  // The list is unordered, and PostgreSQL moves an updated row to the end, so pages shift while a client reads them.
  tables.organizations.delete(organization.id);
  tables.organizations.set(organization.id, organization);
  emit('Organization.Data.Updated', { data: organization });
  return json(200, organization);
}

function remove({ tables, param, emit }: Call) {
  if (!tables.removeOrganization(param('id'))) throw notFound();
  emit('Organization.Deleted');
  return noContent();
}

export const organizationRoutes: readonly ApiRoute[] = [
  { method: 'POST', path: '/organizations', handle: create },
  { method: 'GET', path: '/organizations', handle: list },
  { method: 'GET', path: '/organizations/:id', handle: get },
  { method: 'PATCH', path: '/organizations/:id', handle: patch },
  { method: 'DELETE', path: '/organizations/:id', handle: remove },
];
