import { type Client, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());

const call = (method: string, path: string, json?: unknown) =>
  client.call(method, `/api${path}`, json === undefined ? {} : { json });
const failure = async (method: string, path: string, json?: unknown) => {
  const { status, body } = await call(method, path, json);
  return [status, body.code];
};
const scopeIdOf = async (name: string) =>
  (await client.api('GET', '/organization-scopes')).find((row: { name: string }) => row.name === name).id;

describe('organization roles', () => {
  it('are listed by name with their scopes, and read singly without them', async () => {
    const { body, headers } = await call('GET', '/organization-roles');
    expect(body.map(({ name }: { name: string }) => name)).toEqual(['admin', 'guest', 'member', 'owner', 'robot']);
    expect(headers['total-number']).toBe('5');
    expect(body[2].scopes.map(({ name }: { name: string }) => name)).toEqual(['read:members', 'read:organizations']);
    expect(body[2].resourceScopes[0]).toMatchObject({
      name: expect.any(String),
      resource: { name: 'Organization gateway' },
    });
    expect(await client.api('GET', `/organization-roles/${body[2].id}`)).not.toHaveProperty('scopes');
  });

  it('can be created, changed and deleted', async () => {
    const role = await client.api('POST', '/organization-roles', {
      name: 'temp',
      organizationScopeIds: [await scopeIdOf('read:members')],
    });
    expect(role).toEqual({
      tenantId: 'default',
      id: expect.stringMatching(/^\w{21}$/),
      name: 'temp',
      description: null,
      type: 'User',
    });
    const path = `/organization-roles/${role.id}`;
    expect(await client.api('PATCH', path, { description: 'x', type: 'MachineToMachine' })).toMatchObject({
      name: 'temp',
      description: 'x',
      type: 'MachineToMachine',
    });
    expect(await failure('PATCH', path, {})).toEqual([422, 'entity.invalid_input']);
    expect(await failure('PATCH', path, { name: 'owner' })).toEqual([422, 'entity.unique_integrity_violation']);
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await failure('DELETE', path)).toEqual([404, 'entity.not_found']);
    expect(await failure('GET', path)).toEqual([404, 'entity.not_found']);
    expect(await failure('PATCH', path, { name: 'x' })).toEqual([404, 'entity.not_exists']);
  });

  it.each([
    [{ name: 'owner' }, 422, 'entity.unique_integrity_violation'],
    [{ name: 'bad', organizationScopeIds: ['nope'] }, 422, 'entity.relation_foreign_key_not_found'],
    [{ name: 'bad', type: 'Nope' }, 400, 'guard.invalid_input'],
    [{ name: 'bad', type: 5 }, 400, 'guard.invalid_input'],
    [{}, 400, 'guard.invalid_input'],
  ])('cannot be created from %j', async (json, status, code) => {
    expect(await failure('POST', '/organization-roles', json)).toEqual([status, code]);
    expect(await client.api('GET', '/organization-roles?q=bad')).toEqual([]);
  });

  it('are removed from members without a further event', async () => {
    const { id } = await client.api('POST', '/organization-roles', { name: 'fleeting' });
    const roles = '/organizations/studio000000/users/chiara000000/roles';
    await client.api('POST', roles, { organizationRoleIds: [id] });
    await client.api('DELETE', `/organization-roles/${id}`);
    expect((await client.api('GET', roles)).map((row: { id: string }) => row.id)).not.toContain(id);
  });

  it.each([
    ['scopes', 'organizationScopeIds', 'orgreadmembers0000000'],
    ['resource-scopes', 'scopeIds', 'apireadmembers0000000'],
  ])('can have %s added and removed', async (segment, field, scope) => {
    const { id } = await client.api('POST', '/organization-roles', { name: `with ${segment}` });
    const path = `/organization-roles/${id}/${segment}`;
    expect(await call('POST', path, { [field]: [scope] })).toMatchObject({ status: 201, text: 'Created' });
    expect(await client.api('GET', path)).toMatchObject([{ id: scope, name: 'read:members' }]);
    expect((await call('GET', `${path}?page=1`)).headers['total-number']).toBe('1');
    expect((await call('PUT', path, { [field]: [scope] })).status).toBe(204);
    expect((await call('DELETE', `${path}/${scope}`)).status).toBe(204);
    expect(await failure('DELETE', `${path}/${scope}`)).toEqual([404, 'entity.not_found']);
    expect(await failure('POST', path, { [field]: [] })).toEqual([400, 'guard.invalid_input']);
    expect(await failure('POST', path, { [field]: ['x'] })).toEqual([422, 'entity.relation_foreign_key_not_found']);
    expect(await failure('GET', `/organization-roles/nope/${segment}`)).toEqual([404, 'entity.not_found']);
    expect(await failure('POST', `/organization-roles/nope/${segment}`, { [field]: [scope] })).toEqual([
      422,
      'entity.relation_foreign_key_not_found',
    ]);
  });
});

it('organization scopes can be created, changed and deleted, and are paged only on request', async () => {
  expect((await call('GET', '/organization-scopes')).headers).not.toHaveProperty('total-number');
  expect((await call('GET', '/organization-scopes?q=read:&page=1&page_size=2')).headers['total-number']).toBe('3');
  const scope = await client.api('POST', '/organization-scopes', { name: 'temp:scope', description: 'd' });
  const path = `/organization-scopes/${scope.id}`;
  expect(scope).toEqual({ tenantId: 'default', id: expect.any(String), name: 'temp:scope', description: 'd' });
  expect(await failure('POST', '/organization-scopes', { name: 'temp:scope' })).toEqual([
    422,
    'entity.unique_integrity_violation',
  ]);
  expect(await failure('PATCH', path, { name: 'all' })).toEqual([422, 'entity.unique_integrity_violation']);
  expect(await failure('PATCH', path, {})).toEqual([422, 'entity.invalid_input']);
  expect(await client.api('PATCH', path, { description: null })).toEqual({ ...scope, description: null });
  expect(await client.api('GET', path)).toMatchObject({ name: 'temp:scope' });
  expect((await call('DELETE', path)).status).toBe(204);
  for (const method of ['GET', 'DELETE']) expect(await failure(method, path)).toEqual([404, 'entity.not_found']);
  expect(await failure('PATCH', path, { name: 'x' })).toEqual([404, 'entity.not_exists']);
});

describe('users', () => {
  it('are created with 200, changed, suspended and deleted', async () => {
    const { status, body } = await call('POST', '/users', {
      username: 'u2',
      primaryEmail: 'u2@example.test',
      password: 'a',
      customData: { k: 1 },
    });
    expect([status, body.hasPassword, body.isSuspended]).toEqual([200, true, false]);
    const path = `/users/${body.id}`;
    expect(
      await client.api('PATCH', path, { name: 'Renamed', customData: { b: 2 }, profile: { nickname: 'x' } }),
    ).toMatchObject({ name: 'Renamed', customData: { b: 2 }, username: 'u2' });
    expect(await client.api('PATCH', `${path}/is-suspended`, { isSuspended: true })).toMatchObject({
      isSuspended: true,
    });
    expect((await call('DELETE', path)).status).toBe(204);
    for (const [method, at] of [
      ['GET', path],
      ['DELETE', path],
      ['GET', `${path}/organizations`],
    ] as const) {
      expect(await failure(method, at)).toEqual([404, 'entity.not_found']);
    }
    expect((await call('POST', '/users', { username: 'u2' })).status).toBe(200);
  });

  it.each([
    [{ username: 'ada' }, 422, 'user.username_already_in_use'],
    [{ primaryEmail: 'ada@fernweh.example.test' }, 422, 'user.email_already_in_use'],
    [{ primaryPhone: '12015551000' }, 422, 'user.phone_already_in_use'],
    [{ username: '1bad name' }, 400, 'guard.invalid_input'],
    [{ primaryEmail: 'nope' }, 400, 'guard.invalid_input'],
  ])('cannot be %j', async (json, status, code) => {
    expect(await failure('POST', '/users', json)).toEqual([status, code]);
    expect(await failure('PATCH', '/users/bruno0000000', json)).toEqual([status, code]);
  });

  it('have their organizations listed with roles', async () => {
    const rows = await client.api('GET', '/users/chiara000000/organizations');
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(['Fernweh Travel', 'Fernweh Studio']);
    expect(rows[0].organizationRoles).toEqual([
      { id: 'roleadmin000000000000', name: 'admin' },
      { id: 'rolemember00000000000', name: 'member' },
    ]);
  });
});

describe('machines', () => {
  const machine = async () =>
    (await client.api('POST', '/applications', { name: 'machine', type: 'MachineToMachine' })).id;

  it('can be added to organizations with roles', async () => {
    const id = await machine();
    const path = '/organizations/studio000000/applications';
    expect(await call('POST', path, { applicationIds: [id] })).toMatchObject({ status: 201, text: 'Created' });
    expect(await call('POST', `${path}/${id}/roles`, { organizationRoleNames: ['robot'] })).toMatchObject({
      status: 201,
      text: 'Created',
    });
    expect(
      await call('POST', `${path}/roles`, { applicationIds: [id], organizationRoleIds: ['rolerobot000000000000'] }),
    ).toMatchObject({ status: 201 });
    expect(await failure('POST', `${path}/${id}/roles`, { organizationRoleNames: ['owner'] })).toEqual([
      422,
      'entity.db_constraint_violated',
    ]);
    expect(await client.api('GET', `${path}?q=machine`)).toMatchObject([
      { id, organizationRoles: [{ name: 'robot' }] },
    ]);
    expect(await client.api('GET', `/applications/${id}/organizations`)).toMatchObject([
      { id: 'studio000000', organizationRoles: [{ name: 'robot' }] },
    ]);
    expect((await call('PUT', path, { applicationIds: [] })).status).toBe(204);
    expect(await failure('DELETE', `${path}/${id}`)).toEqual([404, 'entity.not_found']);
    expect(await failure('GET', `${path}/${id}/roles`)).toEqual([422, 'organization.require_membership']);
  });

  it('are the only applications that can be added', async () => {
    const spa = (await client.api('POST', '/applications', { name: 'spa', type: 'SPA' })).id;
    const path = '/organizations/studio000000/applications';
    expect(await failure('POST', path, { applicationIds: [spa] })).toEqual([422, 'entity.db_constraint_violated']);
    expect(await failure('POST', path, { applicationIds: ['nope'] })).toEqual([
      422,
      'entity.relation_foreign_key_not_found',
    ]);
    expect(await failure('POST', '/organizations/nope/applications', { applicationIds: [await machine()] })).toEqual([
      422,
      'entity.relation_foreign_key_not_found',
    ]);
    expect(await failure('GET', '/applications/nope/organizations')).toEqual([404, 'entity.not_found']);
    const form = { grant_type: 'client_credentials', resource: 'https://default.logto.app/api' };
    expect((await client.token({ id: spa, secret: '' }, form)).body.error_description).toBe(
      'requested grant type is not allowed for this client',
    );
  });

  it('have named secrets', async () => {
    const path = `/applications/${await machine()}`;
    expect(await client.api('GET', `${path}/secrets`)).toMatchObject([
      { name: 'Default secret', value: expect.any(String), expiresAt: null },
    ]);
    expect((await call('POST', `${path}/secrets`, { name: 'second' })).status).toBe(201);
    expect(await failure('POST', `${path}/secrets`, { name: 'second' })).toEqual([
      422,
      'application.secret_name_exists',
    ]);
    expect((await call('DELETE', `${path}/secrets/Default%20secret`)).status).toBe(204);
    expect(await failure('DELETE', `${path}/secrets/Default%20secret`)).toEqual([404, 'entity.not_found']);
    expect(await client.api('PATCH', path, { customClientMetadata: { allowTokenExchange: true } })).toMatchObject({
      customClientMetadata: { allowTokenExchange: true },
    });
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await failure('GET', path)).toEqual([404, 'entity.not_exists_with_id']);
  });
});

it('a new API with scopes, a role and an application can get a token', async () => {
  const resource = await client.api('POST', '/resources', {
    name: 'Orders',
    indicator: 'https://orders.example.test',
    accessTokenTtl: 60,
  });
  const scope = await client.api('POST', `/resources/${resource.id}/scopes`, { name: 'read:orders' });
  expect(await failure('POST', '/resources', { name: 'Orders', indicator: 'https://orders.example.test' })).toEqual([
    422,
    'resource.resource_identifier_in_use',
  ]);
  expect(await failure('POST', `/resources/${resource.id}/scopes`, { name: 'read:orders' })).toEqual([
    422,
    'scope.name_exists',
  ]);
  expect(await client.api('GET', `/resources/${resource.id}/scopes?search=%25orders%25`)).toEqual([scope]);
  expect((await client.api('GET', '/resources?includeScopes=true')).at(-1)).toMatchObject({
    id: resource.id,
    scopes: [scope],
  });

  const role = await client.api('POST', '/roles', { name: 'orders', description: 'orders', type: 'MachineToMachine' });
  expect(await failure('POST', '/roles', { name: 'orders', description: 'again' })).toEqual([422, 'role.name_in_use']);
  await client.api('POST', `/roles/${role.id}/scopes`, { scopeIds: [scope.id] });
  expect(await client.api('GET', `/roles/${role.id}/scopes`)).toMatchObject([
    { id: scope.id, resource: { id: resource.id } },
  ]);
  const application = await client.api('POST', '/applications', { name: 'orders', type: 'MachineToMachine' });
  expect(await client.api('POST', `/applications/${application.id}/roles`, { roleIds: [role.id] })).toEqual({
    roleIds: [role.id],
    addedRoleIds: [role.id],
  });
  expect((await client.api('GET', '/roles?type=MachineToMachine&search=%25orders%25'))[0]).toMatchObject({
    id: role.id,
    applicationsCount: 1,
    featuredApplications: [{ id: application.id }],
  });
  expect(await client.api('GET', `/applications/${application.id}/roles`)).toMatchObject([{ id: role.id }]);
  expect(
    (await client.api('GET', '/applications?types=SPA')).some(({ id }: { id: string }) => id === application.id),
  ).toBe(false);

  const [secret] = await client.api('GET', `/applications/${application.id}/secrets`);
  const form = { grant_type: 'client_credentials', resource: resource.indicator, scope: 'read:orders write:orders' };
  const token = () => client.token({ id: application.id, secret: secret.value }, form);
  expect((await token()).body).toMatchObject({ scope: 'read:orders', expires_in: 60 });

  await client.api('DELETE', `/applications/${application.id}/roles/${role.id}`);
  expect((await token()).body).not.toHaveProperty('scope');
  expect(await client.api('PUT', `/applications/${application.id}/roles`, { roleIds: [role.id] })).toEqual({
    roleIds: [role.id],
  });
  await client.api('DELETE', `/roles/${role.id}/scopes/${scope.id}`);
  expect(await failure('DELETE', `/roles/${role.id}/scopes/${scope.id}`)).toEqual([404, 'entity.not_found']);
  expect(await client.api('PATCH', `/roles/${role.id}`, { description: 'changed' })).toMatchObject({
    name: 'orders',
    description: 'changed',
  });
  await client.api('DELETE', `/roles/${role.id}`);
  expect(await failure('GET', `/roles/${role.id}`)).toEqual([404, 'entity.not_exists_with_id']);
  await client.api('DELETE', `/resources/${resource.id}/scopes/${scope.id}`);
  expect(await failure('DELETE', `/resources/${resource.id}/scopes/${scope.id}`)).toEqual([404, 'entity.not_found']);
  await client.api('DELETE', `/resources/${resource.id}`);
  expect(await failure('GET', `/resources/${resource.id}`)).toEqual([404, 'entity.not_exists_with_id']);
});

it('refuses subject tokens and roles for unknown users', async () => {
  expect(await failure('POST', '/subject-tokens', { userId: 'nobody' })).toEqual([404, 'entity.not_found']);
  expect(await failure('GET', '/users/nobody/roles')).toEqual([404, 'entity.not_found']);
  expect(await failure('DELETE', '/users/ada000000000/roles/x')).toEqual([404, 'entity.not_found']);
});

it('has the same seed data at every start', async () => {
  const other = await startWithClient();
  const path = '/organizations/fernweh00000/users?page_size=100&page=2';
  expect(await other.api('GET', path)).toEqual(await client.api('GET', path));
  const { users } = other.sandbox.demo;
  const rolesOf = async (id: string) =>
    (await other.api('GET', `/organizations/fernweh00000/users?q=${id}`)).map(
      (row: { organizationRoles: { name: string }[] }) => row.organizationRoles.map(({ name }) => name),
    );
  expect(await rolesOf(users.owner)).toEqual([['owner']]);
  expect(await rolesOf(users.several)).toEqual([['admin', 'member']]);
  expect(await rolesOf(users.roleless)).toEqual([[]]);
  expect(await rolesOf(users.guest)).toEqual([['guest']]);
  expect(await rolesOf(users.outsider)).toEqual([]);
  await other.sandbox.close();
});
