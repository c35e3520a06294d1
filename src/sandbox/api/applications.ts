import { randomBytes } from 'node:crypto';
import { longId } from '../data/ids.js';
import type { Application } from '../data/rows.js';
import { json, noContent } from '../http/exchange.js';
import { anyObject, nullable, number, object, oneOf, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notExistsWithId, notFound, Refusal } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';

const name = string({ min: 1, max: 256 });
const fields = {
  description: optional(nullable(string())),
  oidcClientMetadata: optional(anyObject),
  customClientMetadata: optional(anyObject),
  customData: optional(anyObject),
};
const creation = object({ name, type: oneOf('Native', 'SPA', 'Traditional', 'MachineToMachine'), ...fields });
const change = object({ name: optional(name), ...fields });
const newSecret = object({ name, expiresAt: optional(nullable(number)) });

function findApplication({ tables, param }: Call): Application {
  const application = tables.applications.get(param('id'));
  if (!application) throw notExistsWithId('applications', param('id'));
  return application;
}

function list({ request, tables }: Call) {
  const types = request.query.getAll('types');
  const all = [...tables.applications.values()].filter(({ type }) => types.length === 0 || types.includes(type));
  return pageOf(request, all.toReversed(), optionalWindow(request.query));
}

function create({ tables, body }: Call) {
  const given = body(creation);
  const application: Application = {
    tenantId: 'default',
    id: longId(),
    name: given.name,
    description: given.description || null,
    type: given.type,
    oidcClientMetadata: given.oidcClientMetadata ?? { redirectUris: [], postLogoutRedirectUris: [] },
    customClientMetadata: given.customClientMetadata ?? {},
    protectedAppMetadata: null,
    customData: given.customData ?? {},
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
    createdAt: Date.now(),
  };
  tables.applications.set(application.id, application);
  const isConfidential = application.type === 'MachineToMachine' || application.type === 'Traditional';
  if (isConfidential) {
    const secret = { tenantId: 'default', applicationId: application.id, name: 'Default secret' } as const;
    const value = randomBytes(24).toString('base64url');
    tables.secrets.set(application.id, [{ ...secret, value, createdAt: Date.now(), expiresAt: null }]);
  }
  return json(200, application);
}

function patch(call: Call) {
  const before = findApplication(call);
  const given = call.body(change);
  const customClientMetadata = { ...before.customClientMetadata, ...given.customClientMetadata };
  const application: Application = {
    ...before,
    name: given.name ?? before.name,
    description: given.description === undefined ? before.description : given.description || null,
    oidcClientMetadata: { ...before.oidcClientMetadata, ...given.oidcClientMetadata },
    customClientMetadata,
    customData: given.customData ?? before.customData,
  };
  call.tables.applications.set(application.id, application);
  return json(200, application);
}

function remove(call: Call) {
  call.tables.removeApplication(findApplication(call).id);
  return noContent();
}

const secretsOf = (call: Call) => call.tables.secrets.get(findApplication(call).id) ?? [];

function addSecret(call: Call) {
  const { tables, body } = call;
  const { id } = findApplication(call);
  const given = body(newSecret);
  const held = tables.secrets.get(id) ?? [];
  if (held.some((secret) => secret.name === given.name)) throw new Refusal(422, 'application.secret_name_exists');
  const secret = {
    tenantId: 'default',
    applicationId: id,
    name: given.name,
    value: randomBytes(24).toString('base64url'),
    createdAt: Date.now(),
    expiresAt: given.expiresAt ?? null,
  } as const;
  tables.secrets.set(id, [...held, secret]);
  return json(201, secret);
}

function removeSecret(call: Call) {
  const held = secretsOf(call);
  const left = held.filter((secret) => secret.name !== call.param('name'));
  if (left.length === held.length) throw notFound();
  call.tables.secrets.set(call.param('id'), left);
  return noContent();
}

export const applicationRoutes: readonly ApiRoute[] = [
  { method: 'GET', path: '/applications', handle: list },
  { method: 'POST', path: '/applications', handle: create },
  { method: 'GET', path: '/applications/:id', handle: (call) => json(200, findApplication(call)) },
  { method: 'PATCH', path: '/applications/:id', handle: patch },
  { method: 'DELETE', path: '/applications/:id', handle: remove },
  { method: 'GET', path: '/applications/:id/secrets', handle: (call) => json(200, secretsOf(call)) },
  { method: 'POST', path: '/applications/:id/secrets', handle: addSecret },
  { method: 'DELETE', path: '/applications/:id/secrets/:name', handle: removeSecret },
];
