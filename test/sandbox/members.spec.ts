import { type Client, startWithClient } from './logto-client.js';

let client: Client;
let organization: string;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());
beforeEach(async () => {
  organization = (await client.api('POST', '/organizations', { name: 'Members' })).id;
});

const [ada, bruno, chiara] = ['ada000000000', 'bruno0000000', 'chiara000000'];
const roles = {
  owner: 'roleowner000000000000',
  member: 'rolemember00000000000',
  guest: 'roleguest000000000000',
  robot: 'rolerobot000000000000',
};
const at = (path: string) => `/api/organizations/${organization}/users${path}`;
const call = (method: string, path: string, json?: unknown) =>
  client.call(method, at(path), json === undefined ? {} : { json });
const put = (userIds: readonly string[]) => call('PUT', '', { userIds });

describe('members', () => {
  it('are added once even if named twice, and the request is echoed', async () => {
    const userIds = [ada, ada, bruno];
    expect(await call('POST', '', { userIds })).toMatchObject({ status: 201, body: { userIds } });
    expect(await call('POST', '', { userIds: [ada] })).toMatchObject({ status: 201 });
    expect((await call('GET', '')).headers['total-number']).toBe('2');
  });

  it('are listed by id, with all fields and with roles sorted by name', async () => {
    await put([chiara, ada]);
    await call('PUT', `/${ada}/roles`, { organizationRoleIds: [roles.owner, roles.member] });
    const { body } = await call('GET', '');
    expect(body.map(({ id }: { id: string }) => id)).toEqual([ada, chiara]);
    expect(Object.keys(body[0])).toEqual(
      'id,username,primaryEmail,primaryPhone,name,avatar,customData,identities,lastSignInAt,createdAt,updatedAt,profile,applicationId,cimdClientId,isSuspended,organizationRoles'.split(
        ',',
      ),
    );
    expect(body[0].organizationRoles).toEqual([
      { id: roles.member, name: 'member' },
      { id: roles.owner, name: 'owner' },
    ]);
  });

  it('keep their roles in a replacement, but lose them when removed and added again', async () => {
    await put([ada, bruno]);
    await call('POST', '/roles', { userIds: [ada, bruno], organizationRoleIds: [roles.guest] });
    expect(await put([ada, chiara])).toMatchObject({ status: 204, text: '' });
    await put([ada, bruno]);
    const { body } = await call('GET', '');
    expect(body.map(({ organizationRoles }: { organizationRoles: unknown[] }) => organizationRoles.length)).toEqual([
      1, 0,
    ]);
  });

  it.each([
    ['POST', { userIds: ['ada000000000', 'nosuchuser00'] }, 422, 'entity.relation_foreign_key_not_found'],
    ['PUT', { userIds: ['ada000000000', 'nosuchuser00'] }, 422, 'entity.relation_foreign_key_not_found'],
    ['POST', { userIds: ['x'.repeat(22)] }, 422, 'entity.value_too_long'],
    ['POST', { userIds: [] }, 400, 'guard.invalid_input'],
    ['POST', { userIds: 'x' }, 400, 'guard.invalid_input'],
    ['POST', { userIds: ['a\0'] }, 500, undefined],
    ['PUT', {}, 400, 'guard.invalid_input'],
  ])('are all or nothing: %s %j', async (method, json, status, code) => {
    const answer = await call(method, '', json);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await call('GET', '')).body).toEqual([]);
  });

  it('of an unknown organization are an empty list, and cannot be added', async () => {
    const unknown = '/api/organizations/nosuchorg000/users';
    expect(await client.call('GET', unknown)).toMatchObject({
      status: 200,
      body: [],
      headers: { 'total-number': '0' },
    });
    expect((await client.call('PUT', unknown, { json: { userIds: [] } })).status).toBe(204);
    expect((await client.call('PUT', unknown, { json: { userIds: [ada] } })).status).toBe(422);
    expect((await client.call('POST', unknown, { json: { userIds: [ada] } })).status).toBe(422);
    expect((await client.call('DELETE', `${unknown}/${ada}`)).body.code).toBe('entity.not_found');
  });

  it('can be removed once', async () => {
    await put([ada]);
    expect((await call('DELETE', `/${ada}`)).status).toBe(204);
    expect(await call('DELETE', `/${ada}`)).toMatchObject({ status: 404, body: { code: 'entity.not_found' } });
  });

  it('are removed with their account', async () => {
    const { id } = await client.api('POST', '/users', { username: 'leaving' });
    await put([ada, id]);
    await client.api('DELETE', `/users/${id}`);
    expect((await call('GET', '')).body).toHaveLength(1);
    expect((await call('GET', `/${id}/roles`)).body.code).toBe('organization.require_membership');
    expect(await call('GET', `/${id}/scopes`)).toMatchObject({ status: 200, body: [] });
  });

  it('are paged, even 100,000 of them', async () => {
    client.sandbox.populate(organization, 100_000);
    const answer = await call('GET', '?page=1000&page_size=100');
    expect([answer.headers['total-number'], answer.body.length, answer.body[99].id]).toEqual([
      '100000',
      100,
      'crowd0100000',
    ]);
    expect((await call('DELETE', '/crowd0100000')).status).toBe(204);
    await call('POST', '', { userIds: ['crowd0100000'] });
    expect((await call('GET', '?page=1000&page_size=100')).body[99].id).toBe('crowd0100000');
  });
});

describe('roles of one member', () => {
  beforeEach(() => put([ada]));
  const names = async () =>
    (await call('GET', `/${ada}/roles`)).body.map(({ name }: { name: string }) => name).toSorted();

  it('are added by id and name, each once', async () => {
    const json = { organizationRoleIds: [roles.guest, roles.guest], organizationRoleNames: ['guest', 'owner'] };
    expect(await call('POST', `/${ada}/roles`, json)).toMatchObject({
      status: 201,
      body: { organizationRoleIds: [roles.guest, roles.owner] },
    });
    expect(await names()).toEqual(['guest', 'owner']);
    expect((await call('GET', `/${ada}/roles`)).body[0]).toEqual({
      tenantId: 'default',
      id: roles.guest,
      name: 'guest',
      description: expect.any(String),
      type: 'User',
    });
  });

  it('are paged only on request', async () => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['owner', 'member', 'guest'] });
    expect((await call('GET', `/${ada}/roles`)).headers).not.toHaveProperty('total-number');
    const page = await call('GET', `/${ada}/roles?page=2&page_size=2`);
    expect([page.body.length, page.headers['total-number']]).toEqual([1, '3']);
    expect((await call('GET', `/${ada}/roles?page_size=101`)).body.code).toBe('guard.invalid_pagination');
  });

  it.each([
    ['{}', {}],
    ['a misspelt field', { roleIds: ['x'] }],
    ['an empty array', { organizationRoleIds: [] }],
  ])('are all removed by a PUT of %s', async (_, json) => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['owner'] });
    expect((await call('PUT', `/${ada}/roles`, json)).status).toBe(204);
    expect(await names()).toEqual([]);
  });

  it('are removed by a PUT with a content type that Logto does not read', async () => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['owner'] });
    const headers = { 'content-type': 'application/merge-patch+json' };
    await client.call('PUT', at(`/${ada}/roles`), { raw: '{"organizationRoleNames":["owner"]}', headers });
    expect(await names()).toEqual([]);
  });

  it.each([
    ['an unknown id', { organizationRoleIds: ['nosuchrole00000000000'] }, 422, 'entity.relation_foreign_key_not_found'],
    ['an unknown name', { organizationRoleNames: ['Owner', 'x'] }, 422, 'organization.role_names_not_found'],
    ['a role for machines', { organizationRoleIds: [roles.robot] }, 422, 'entity.db_constraint_violated'],
    ['an id that is too long', { organizationRoleIds: ['x'.repeat(22)] }, 422, 'entity.value_too_long'],
    ['the wrong type', { organizationRoleIds: 'x' }, 400, 'guard.invalid_input'],
  ])('do not change with %s', async (_, json, status, code) => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['guest'] });
    for (const method of ['POST', 'PUT']) {
      const answer = await call(method, `/${ada}/roles`, json);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    }
    expect(await names()).toEqual(['guest']);
  });

  it('lists unknown names only in the message', async () => {
    const { body } = await call('POST', `/${ada}/roles`, { organizationRoleNames: ['nosuch', 'neither'] });
    expect(body.message).toBe(
      'Invalid role names detected: nosuch and neither. Please create these roles first before proceeding.',
    );
    expect(body).not.toHaveProperty('data');
  });

  it('of a non-member can be neither read nor changed, whatever the body', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['PUT', ''],
      ['DELETE', `/${roles.guest}`],
    ] as const) {
      const json = method === 'POST' || method === 'PUT' ? { organizationRoleIds: 'bad' } : undefined;
      const answer = await call(method, `/${bruno}/roles${path}`, json);
      expect([answer.status, answer.body.code]).toEqual([422, 'organization.require_membership']);
    }
  });

  it('are removed one by one', async () => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['guest'] });
    expect((await call('DELETE', `/${ada}/roles/${roles.guest}`)).status).toBe(204);
    expect((await call('DELETE', `/${ada}/roles/${roles.guest}`)).body.code).toBe('entity.not_found');
  });

  it('determine the scopes of the member', async () => {
    await call('PUT', `/${ada}/roles`, { organizationRoleNames: ['guest', 'member', 'owner'] });
    const { body } = await call('GET', `/${ada}/scopes`);
    expect(body).toHaveLength(7);
    expect(body[0]).toEqual({
      tenantId: 'default',
      id: expect.any(String),
      name: 'delete:organizations',
      description: null,
    });
  });
});

describe('roles for many members', () => {
  beforeEach(() => put([ada, bruno]));

  it('are assigned with the response text Created', async () => {
    const answer = await call('POST', '/roles', {
      userIds: [ada, bruno, ada],
      organizationRoleIds: [roles.owner, roles.guest],
    });
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
      201,
      'Created',
      'text/plain; charset=utf-8',
    ]);
  });

  it.each([
    [
      'a non-member',
      { userIds: ['ada000000000', 'chiara000000'], organizationRoleIds: [roles.guest] },
      422,
      'entity.relation_foreign_key_not_found',
    ],
    [
      'an unknown role',
      { userIds: ['ada000000000'], organizationRoleIds: ['x'] },
      422,
      'entity.relation_foreign_key_not_found',
    ],
    [
      'a role for machines',
      { userIds: ['ada000000000'], organizationRoleIds: [roles.robot] },
      422,
      'entity.db_constraint_violated',
    ],
    ['empty lists', { userIds: [], organizationRoleIds: [] }, 400, 'guard.invalid_input'],
  ])('are not assigned with %s', async (_, json, status, code) => {
    const answer = await call('POST', '/roles', json);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await call('GET', `/${ada}/roles`)).body).toEqual([]);
  });
});
