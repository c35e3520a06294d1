import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';
const NOBODY = 'nosuchuser00';

interface Named {
  readonly id: string;
  readonly name: string;
}
interface NewMember {
  readonly userId: string;
  readonly organizationRoleIds?: readonly string[];
  readonly organizationRoleNames?: readonly string[];
}

describe('POST /api/organizations/{id}/members', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let id: string;
  let count = 0;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(async () => {
    id = ((await api('POST', '/api/organizations', { name: 'Growing' })) as Named).id;
    running.sandbox.forget();
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  /** Calls Logto directly. */
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, json } = await running.tokens.api(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  };
  const add = (members: readonly NewMember[], agent = client) =>
    agent.post(`/api/organizations/${id}/members`).send({ members });
  const role = async (more: object = {}): Promise<Named> =>
    (await api('POST', '/api/organization-roles', { name: `made ${(count += 1)}`, ...more })) as Named;
  /** Names of each member's roles at Logto. */
  const rolesAtLogto = async (): Promise<Record<string, string[]>> => {
    const rows = (await api('GET', `/api/organizations/${id}/users?page=1&page_size=100`)) as (Named & {
      organizationRoles: Named[];
    })[];
    return Object.fromEntries(rows.map((row) => [row.id, row.organizationRoles.map(({ name }) => name).toSorted()]));
  };
  const writes = () =>
    running.sandbox.requests.filter(
      ({ method, path }) => method !== 'GET' && path.startsWith('/api/') && !path.includes('subject-tokens'),
    );
  const written = () => writes().map(({ method, path, body }) => [`${method} ${path}`, JSON.parse(body) as unknown]);
  const nonMemberIds = async (): Promise<string[]> =>
    ((await api('GET', '/api/organizations/fernweh00000/users?page=2&page_size=100')) as Named[]).map(({ id }) => id);

  describe('adds', () => {
    it('members with roles by id and by name, with several and with none', async () => {
      const { member } = running.sandbox.demo.roles;
      const { body, headers } = await add([
        { userId: 'ada000000000', organizationRoleIds: [member] },
        { userId: 'bruno0000000', organizationRoleNames: ['guest', 'member'] },
        { userId: 'chiara000000', organizationRoleIds: [member], organizationRoleNames: ['guest'] },
        { userId: 'dmitri000000' },
        { userId: 'elif00000000', organizationRoleIds: [], organizationRoleNames: [] },
      ]).expect(201);
      expect(body).toEqual({
        results: ['ada000000000', 'bruno0000000', 'chiara000000', 'dmitri000000', 'elif00000000'].map((userId) => ({
          userId,
          status: 'added',
        })),
      });
      expect(headers['cache-control']).toBe('no-store');
      expect(await rolesAtLogto()).toEqual({
        ada000000000: ['member'],
        bruno0000000: ['guest', 'member'],
        chiara000000: ['guest', 'member'],
        dmitri000000: [],
        elif00000000: [],
      });
    });

    it('members with one write of memberships and one for each distinct set of roles', async () => {
      const { member, guest, owner } = running.sandbox.demo.roles;
      await add([
        { userId: 'ada000000000', organizationRoleNames: ['member', 'guest'] },
        { userId: 'bruno0000000', organizationRoleIds: [guest, member, guest] },
        { userId: 'chiara000000', organizationRoleIds: [owner] },
        { userId: 'dmitri000000', organizationRoleNames: ['owner'] },
        { userId: 'elif00000000' },
      ]).expect(201);
      const [first, ...others] = written();
      const base = `POST /api/organizations/${id}/users`;
      expect(first).toEqual([
        base,
        { userIds: ['ada000000000', 'bruno0000000', 'chiara000000', 'dmitri000000', 'elif00000000'] },
      ]);
      expect(others).toHaveLength(2);
      expect(others).toContainEqual([
        `${base}/roles`,
        { userIds: ['ada000000000', 'bruno0000000'], organizationRoleIds: [guest, member].toSorted() },
      ]);
      expect(others).toContainEqual([
        `${base}/roles`,
        { userIds: ['chiara000000', 'dmitri000000'], organizationRoleIds: [owner] },
      ]);
      const reads = running.upstreamCalls().filter((call) => call.startsWith('GET'));
      // The users (2), the organization, and the roles unless they are cached.
      expect(reads.length).toBeLessThanOrEqual(4);
    });

    it('members with one write if no roles are assigned', async () => {
      await add([{ userId: 'ada000000000' }, { userId: 'bruno0000000' }]).expect(201);
      expect(written()).toEqual([
        [`POST /api/organizations/${id}/users`, { userIds: ['ada000000000', 'bruno0000000'] }],
      ]);
      expect(running.upstreamCalls().some((call) => call.includes('organization-roles'))).toBe(false);
    });

    it('roles to existing members, who keep theirs', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000', 'bruno0000000'] });
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['owner'] });
      running.sandbox.forget();
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleNames: ['guest'] },
        { userId: 'bruno0000000' },
        { userId: 'chiara000000' },
      ]).expect(201);
      expect(body.results.map(({ status }: { status: string }) => status)).toEqual([
        'already-member',
        'already-member',
        'added',
      ]);
      expect(await rolesAtLogto()).toEqual({ ada000000000: ['guest', 'owner'], bruno0000000: [], chiara000000: [] });
    });

    it('nothing if all users are members and no roles are assigned', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      running.sandbox.forget();
      expect((await add([{ userId: 'ada000000000' }]).expect(201)).body.results).toEqual([
        { userId: 'ada000000000', status: 'already-member' },
      ]);
      expect(writes()).toEqual([]);
    });

    it('a repeated user once, with the roles of both items', async () => {
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleNames: ['member'] },
        { userId: 'bruno0000000', organizationRoleNames: ['member'] },
        { userId: 'ada000000000', organizationRoleNames: ['guest'] },
      ]).expect(201);
      expect(body.results).toEqual(
        ['ada000000000', 'bruno0000000', 'ada000000000'].map((userId) => ({ userId, status: 'added' })),
      );
      expect(written()[0]).toEqual([
        `POST /api/organizations/${id}/users`,
        { userIds: ['ada000000000', 'bruno0000000'] },
      ]);
      expect(await rolesAtLogto()).toEqual({ ada000000000: ['guest', 'member'], bruno0000000: ['member'] });
    });

    it('a repeated user with the same roles as one row', async () => {
      const named = { userId: 'ada000000000', organizationRoleNames: ['guest'] };
      await add([named, named]).expect(201);
      expect(written()[1]).toMatchObject([`POST /api/organizations/${id}/users/roles`, { userIds: ['ada000000000'] }]);
    });

    it('a hundred members with six roles each in writes of at most 500 rows', async () => {
      const roles = await Promise.all(Array.from({ length: 6 }, () => role()));
      const userIds = await nonMemberIds();
      running.sandbox.forget();
      const { body } = await add(
        userIds.map((userId) => ({ userId, organizationRoleIds: roles.map(({ id }) => id) })),
      ).expect(201);
      expect(body.results).toHaveLength(100);
      const assignments = written().slice(1) as [string, { userIds: string[]; organizationRoleIds: string[] }][];
      expect(assignments).toHaveLength(2);
      for (const [, { userIds, organizationRoleIds }] of assignments)
        expect(userIds.length * organizationRoleIds.length).toBeLessThanOrEqual(500);
      expect(assignments.flatMap(([, { userIds }]) => userIds).toSorted()).toEqual(userIds.toSorted());
      const held = await rolesAtLogto();
      expect(Object.values(held).every((names) => names.length === 6)).toBe(true);
      expect(Object.keys(held)).toHaveLength(100);
    });

    it('roles that were created just now, by name and by id', async () => {
      // Caches the catalogue without the roles that are created next.
      await add([{ userId: 'ada000000000', organizationRoleNames: ['guest'] }]).expect(201);
      const [byName, byId] = [await role(), await role()];
      await add([
        { userId: 'bruno0000000', organizationRoleNames: [byName.name] },
        { userId: 'chiara000000', organizationRoleIds: [byId.id] },
      ]).expect(201);
      expect(await rolesAtLogto()).toMatchObject({ bruno0000000: [byName.name], chiara000000: [byId.name] });
    });

    it('members who are in the next response', async () => {
      const users = `/api/organizations/${id}/users`;
      expect((await client.get(users).expect(200)).body).toEqual([]);
      await add([{ userId: 'ada000000000', organizationRoleNames: ['member'] }]).expect(201);
      expect((await client.get(users).expect(200)).body).toMatchObject([
        { id: 'ada000000000', organizationRoles: [{ name: 'member' }] },
      ]);
      expect((await client.get(`/api/organizations/${id}/overview`).expect(200)).body.meta.memberTotal).toBe(1);
    });
  });

  describe('fails individually for', () => {
    it('an unknown user', async () => {
      const { body } = await add([
        { userId: NOBODY, organizationRoleNames: ['member'] },
        { userId: 'ada000000000', organizationRoleNames: ['member'] },
      ]).expect(200);
      expect(body.results).toEqual([
        {
          userId: NOBODY,
          status: 'failed',
          problem: expect.objectContaining({
            status: 422,
            code: 'entity.relation_foreign_key_not_found',
            type: '/problems/unprocessable',
            detail: expect.stringContaining(NOBODY),
            message: expect.stringContaining(NOBODY),
            instance: `/api/organizations/${id}/members`,
            requestId: expect.any(String),
          }),
        },
        { userId: 'ada000000000', status: 'added' },
      ]);
      expect(await rolesAtLogto()).toEqual({ ada000000000: ['member'] });
    });

    it('a user with an unknown role or a role for machines, who does not become a member', async () => {
      const { robot } = running.sandbox.demo.roles;
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleIds: ['nosuchrole'] },
        { userId: 'bruno0000000', organizationRoleNames: ['member', 'Member'] },
        { userId: 'chiara000000', organizationRoleIds: [robot] },
        { userId: 'dmitri000000', organizationRoleNames: ['robot'] },
        { userId: 'elif00000000', organizationRoleNames: ['member'] },
      ]).expect(200);
      const codes = body.results.map(
        ({ status, problem }: { status: string; problem?: { code: string } }) => problem?.code ?? status,
      );
      expect(codes).toEqual([
        'entity.relation_foreign_key_not_found',
        'organization.role_names_not_found',
        'entity.db_constraint_violated',
        'entity.db_constraint_violated',
        'added',
      ]);
      expect(await rolesAtLogto()).toEqual({ elif00000000: ['member'] });
    });

    it('invalid roles with Logto’s codes', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      const { robot } = running.sandbox.demo.roles;
      for (const roles of [
        { organizationRoleIds: ['nosuchrole'] },
        { organizationRoleNames: ['Member'] },
        { organizationRoleIds: [robot] },
      ]) {
        const { json, status } = await running.tokens.api(
          'POST',
          `/api/organizations/${id}/users/ada000000000/roles`,
          roles,
        );
        const { body } = await add([{ userId: 'ada000000000', ...roles }]).expect(200);
        expect(body.results[0].problem).toMatchObject({ status, code: (json as { code: string }).code });
      }
    });

    it('all users, and then writes nothing', async () => {
      const { body } = await add([{ userId: NOBODY }, { userId: 'nobodyelse00' }]).expect(200);
      expect(body.results).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
      expect(writes()).toEqual([]);
    });

    it('a user whose roles could not be assigned, and says that the user is a member', async () => {
      running.sandbox.faults.add({ method: 'POST', path: /\/users\/roles$/, status: 500 });
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleNames: ['member'] },
        { userId: 'bruno0000000' },
      ]).expect(200);
      expect(body.results).toMatchObject([
        {
          userId: 'ada000000000',
          status: 'failed',
          problem: {
            status: 502,
            code: 'upstream.error',
            detail: expect.stringContaining('The user is a member, but these roles were not assigned.'),
          },
        },
        { userId: 'bruno0000000', status: 'added' },
      ]);
      expect(body.results[0].problem.message).toBe(body.results[0].problem.detail);
      expect(await rolesAtLogto()).toEqual({ ada000000000: [], bruno0000000: [] });
    });

    it('one set of roles but not the other', async () => {
      running.sandbox.faults.add({ method: 'POST', path: /\/users\/roles$/, status: 500, times: 1 });
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleNames: ['member'] },
        { userId: 'bruno0000000', organizationRoleNames: ['guest'] },
      ]).expect(200);
      expect(body.results.map(({ status }: { status: string }) => status).toSorted()).toEqual(['added', 'failed']);
    });

    it('new members if memberships cannot be written, while existing members get their roles', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      running.sandbox.faults.add({ method: 'POST', path: /\/users$/, status: 500 });
      const { body } = await add([
        { userId: 'ada000000000', organizationRoleNames: ['guest'] },
        { userId: 'bruno0000000', organizationRoleNames: ['guest'] },
      ]).expect(200);
      expect(body.results).toMatchObject([
        { userId: 'ada000000000', status: 'already-member' },
        { userId: 'bruno0000000', status: 'failed', problem: { status: 502, code: 'upstream.error' } },
      ]);
      expect(body.results[1].problem.detail).not.toContain('is a member');
      expect(await rolesAtLogto()).toEqual({ ada000000000: ['guest'] });
    });

    it('the whole request if the users cannot be looked up', async () => {
      running.sandbox.faults.add({ method: 'GET', path: /^\/api\/users\?/, status: 500 });
      expect((await add([{ userId: 'ada000000000' }]).expect(502)).body.code).toBe('upstream.error');
      expect(writes()).toEqual([]);
    });
  });

  it('is 404 for an unknown organization, and writes nothing', async () => {
    id = UNKNOWN;
    const { body } = await add([{ userId: 'ada000000000', organizationRoleNames: ['member'] }]).expect(404);
    expect(body.code).toBe('entity.not_exists_with_id');
    expect(writes()).toEqual([]);
  });

  it('is 404 at once for an organization deleted directly at Logto', async () => {
    await client.get(`/api/organizations/${id}`).expect(200);
    await api('DELETE', `/api/organizations/${id}`);
    await add([{ userId: 'ada000000000' }]).expect(404);
  });

  it.each<[string, object, string[]]>([
    ['an empty list', { members: [] }, ['/members']],
    ['101 members', { members: Array.from({ length: 101 }, (_, index) => ({ userId: `u${index}` })) }, ['/members']],
    ['an object instead of a list', { members: { userId: 'x' } }, ['/members']],
    ['an empty object', {}, ['/members']],
    ['unknown fields', { members: [{ userId: 'ada000000000', role: 'x' }], extra: 1 }, ['/extra', '/members/0/role']],
    [
      'faults in several members',
      { members: [{ userId: 'ada000000000' }, {}, { userId: 5 }, { userId: '../x' }] },
      ['/members/1/userId', '/members/2/userId', '/members/3/userId'],
    ],
    [
      'roles that are not strings',
      { members: [{ userId: 'ada000000000', organizationRoleIds: 'x', organizationRoleNames: ['member', ''] }] },
      ['/members/0/organizationRoleIds', '/members/0/organizationRoleNames/1'],
    ],
    [
      'roles that are null',
      { members: [{ userId: 'ada000000000', organizationRoleIds: null }] },
      ['/members/0/organizationRoleIds'],
    ],
    ['members that are not objects', { members: ['ada000000000', null] }, ['/members/0', '/members/1']],
  ])('refuses %s, with all faults', async (_what, sent, pointers) => {
    const { body } = await client.post(`/api/organizations/${id}/members`).send(sent).expect(400);
    expect(body.code).toBe('guard.invalid_input');
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(pointers);
    expect(running.upstreamCalls()).toEqual([]);
  });

  describe('access', () => {
    it('requires manage:members, and manage:roles if roles are assigned', async () => {
      const manager = await running.as(running.tokens.service('manage:members'));
      running.sandbox.forget();
      await add([{ userId: 'ada000000000', organizationRoleIds: [] }], manager).expect(201);
      running.sandbox.forget();
      const { body } = await add(
        [{ userId: 'bruno0000000' }, { userId: 'chiara000000', organizationRoleNames: ['member'] }],
        manager,
      ).expect(403);
      expect(body).toMatchObject({ code: 'auth.forbidden', detail: expect.stringContaining('manage:roles') });
      expect(running.upstreamCalls()).toEqual([]);
      await add([{ userId: 'ada000000000' }], await running.as(running.tokens.service('manage:roles'))).expect(403);
    });

    it('is permitted to an owner in the own organization only', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['owner'] });
      const owner = await running.as(running.tokens.organization(id, 'ada000000000'));
      await add([{ userId: 'bruno0000000', organizationRoleNames: ['member'] }], owner).expect(201);
      id = running.sandbox.demo.organization;
      expect((await add([{ userId: 'wanda0000000' }], owner).expect(403)).body.code).toBe('auth.organization_mismatch');
    });

    it('is checked against the current roles: a removed role does not permit it', async () => {
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['owner'] });
      const owner = await running.as(running.tokens.organization(id, 'ada000000000'));
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['member'] });
      running.sandbox.forget();
      expect((await add([{ userId: 'bruno0000000' }], owner).expect(403)).body.code).toBe('auth.forbidden');
      expect(writes()).toEqual([]);
    });

    it('is checked against the current roles for manage:roles, too', async () => {
      const scopes = (await api('GET', '/api/organization-scopes')) as Named[];
      const manager = await role({
        organizationScopeIds: scopes.filter(({ name }) => name === 'manage:members').map(({ id }) => id),
      });
      await api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['owner'] });
      const agent = await running.as(running.tokens.organization(id, 'ada000000000'));
      await api('PUT', `/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleIds: [manager.id] });
      // The token still has manage:roles. The cached role catalogue may be some seconds old.
      await client.get('/api/organization-roles?page=1&page_size=100').set('cache-control', 'no-cache').expect(200);
      running.sandbox.forget();
      await add([{ userId: 'bruno0000000' }], agent).expect(201);
      running.sandbox.forget();
      const { body } = await add([{ userId: 'chiara000000', organizationRoleNames: ['guest'] }], agent).expect(403);
      expect(body).toMatchObject({ code: 'auth.forbidden', detail: expect.stringContaining('manage:roles') });
      expect(writes()).toEqual([]);
    });
  });
});
