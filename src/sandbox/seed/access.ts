import type { Application, ApplicationType, RoleType } from '../data/rows.js';
import { MANAGEMENT_API, type Tables } from '../data/tables.js';
import { FOUNDED } from './people.js';

const tenantId = 'default';
/** Fixed ids with the width of Logto's. */
const wide = (label: string) =>
  label
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 21)
    .padEnd(21, '0');

const PERMISSIONS = [
  'read:organizations',
  'create:organizations',
  'update:organizations',
  'delete:organizations',
  'read:members',
  'manage:members',
  'read:roles',
  'manage:roles',
  'all',
];
const READING = PERMISSIONS.filter((name) => name.startsWith('read:'));

const scopeId = (name: string) => wide(`api${name}`);
const organizationScopeId = (name: string) => wide(`org${name}`);

/** The gateway's API and the Management API, with their scopes. */
function seedResources(tables: Tables, audience: string): void {
  const resources = [
    {
      id: wide('managementapi'),
      name: 'Logto Management API',
      indicator: MANAGEMENT_API,
      scopes: new Map([['all', wide('managementall')]]),
    },
    {
      id: wide('gatewayapi'),
      name: 'Organization gateway',
      indicator: audience,
      scopes: new Map(PERMISSIONS.map((name) => [name, scopeId(name)])),
    },
  ];
  for (const { id, name, indicator, scopes } of resources) {
    tables.resources.set(id, { tenantId, id, name, indicator, isDefault: false, accessTokenTtl: 3600 });
    for (const [scopeName, resourceScopeId] of scopes) {
      const row = {
        tenantId,
        id: resourceScopeId,
        resourceId: id,
        name: scopeName,
        description: null,
        createdAt: FOUNDED,
      } as const;
      tables.resourceScopes.set(row.id, row);
    }
  }
}

/** Organization roles and their scopes. */
const organizationRoles: readonly { label: string; description: string; type?: RoleType; scopes: readonly string[] }[] =
  [
    {
      label: 'owner',
      description: 'Everything, deleting included',
      scopes: PERMISSIONS.filter((name) => !['all', 'create:organizations'].includes(name)),
    },
    {
      label: 'admin',
      description: 'Looks after members and roles',
      scopes: [...READING, 'update:organizations', 'manage:members', 'manage:roles'],
    },
    {
      label: 'member',
      description: 'Sees the organization and who is in it',
      scopes: ['read:organizations', 'read:members'],
    },
    { label: 'guest', description: 'Belongs to it, no more', scopes: [] },
    { label: 'robot', description: 'For services', type: 'MachineToMachine', scopes: READING },
  ];
export const roleId = (label: string) => wide(`role${label}`);

function seedOrganizationTemplate(tables: Tables): void {
  for (const name of PERMISSIONS) {
    const id = organizationScopeId(name);
    tables.organizationScopes.set(id, { tenantId, id, name, description: null });
  }
  for (const { label, description, type = 'User', scopes } of organizationRoles) {
    const id = roleId(label);
    tables.organizationRoles.set(id, { tenantId, id, name: label, description, type });
    tables.roleScopes.add(id, scopes.map(organizationScopeId));
    tables.roleResourceScopes.add(id, scopes.map(scopeId));
  }
}

export interface DemoClient {
  readonly id: string;
  readonly secret: string;
}
const clientOf = (id: string): DemoClient => ({ id, secret: `${id}-secret` });
export const clients = {
  gateway: clientOf('sandbox-gateway'),
  service: clientOf('sandbox-service'),
  reader: clientOf('sandbox-reader'),
  exchange: clientOf('sandbox-exchange'),
} as const;

const application = (id: string, type: ApplicationType, customClientMetadata = {}): Application => ({
  tenantId,
  id,
  name: id,
  description: null,
  type,
  oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
  customClientMetadata,
  protectedAppMetadata: null,
  customData: {},
  isThirdParty: false,
  appLevelAccessControlEnabled: false,
  createdAt: FOUNDED,
});

function seedClients(tables: Tables): void {
  const granted = [
    [clients.gateway, 'Logto Management API access', [wide('managementall')]],
    [clients.service, 'Gateway: everything', PERMISSIONS.map(scopeId)],
    [clients.reader, 'Gateway: reading', READING.map(scopeId)],
  ] as const;
  for (const [{ id }, name, scopes] of granted) {
    const role = wide(`tenant${id}`);
    tables.applications.set(id, application(id, 'MachineToMachine'));
    tables.roles.set(role, { tenantId, id: role, name, description: name, type: 'MachineToMachine', isDefault: false });
    tables.tenantRoleScopes.add(role, scopes);
    tables.tenantRoles.add(id, [role]);
  }
  tables.applications.set(
    clients.exchange.id,
    application(clients.exchange.id, 'Traditional', { allowTokenExchange: true }),
  );
  for (const { id, secret } of Object.values(clients)) {
    const row = {
      tenantId,
      applicationId: id,
      name: 'Default secret',
      value: secret,
      createdAt: FOUNDED,
      expiresAt: null,
    } as const;
    tables.secrets.set(id, [row]);
  }
}

/** Seeds API resources, scopes, roles, and demo clients. */
export function seedAccess(tables: Tables, audience: string): void {
  seedResources(tables, audience);
  seedOrganizationTemplate(tables);
  seedClients(tables);
}
