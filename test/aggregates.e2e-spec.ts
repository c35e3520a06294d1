import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';
const PUBLIC = ['avatar', 'id', 'name', 'organizationRoles', 'primaryEmail', 'primaryPhone', 'username'];
const MEMBER_SCOPES = ['read:members', 'read:organizations'];
const ADMIN_SCOPES = [
  'manage:members',
  'manage:roles',
  'read:members',
  'read:organizations',
  'read:roles',
  'update:organizations',
];

interface Named {
  readonly id: string;
  readonly name: string;
}
interface Row {
  readonly id: string;
  readonly organizationRoles: readonly Named[];
  readonly scopes: readonly Named[];
}
const namesOf = (list: readonly Named[]): string[] => list.map(({ name }) => name);

describe('aggregates', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(() => running.sandbox.forget());
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const demo = () => running.sandbox.demo;
  /** A new organization, created directly at Logto, so that nothing of it is cached. */
  const organization = async (members: Readonly<Record<string, readonly string[]>> = {}): Promise<string> => {
    const call = async (method: string, path: string, body: unknown) => {
      const { status, json } = await running.tokens.api(method, path, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
      return json as { id: string };
    };
    const { id } = await call('POST', '/api/organizations', { name: 'Aggregated' });
    if (Object.keys(members).length > 0)
      await call('POST', `/api/organizations/${id}/users`, { userIds: Object.keys(members) });
    for (const [userId, organizationRoleIds] of Object.entries(members)) {
      await call('PUT', `/api/organizations/${id}/users/${userId}/roles`, { organizationRoleIds });
    }
    running.sandbox.forget();
    return id;
  };

  describe('POST /api/organizations/overviews', () => {
    const overviews = (body: object) => client.post('/api/organizations/overviews').send(body);

    it('returns one result per id in the order of the ids, each with its own status', async () => {
      const { studio, books } = demo().organizations;
      const { body, headers } = await overviews({ ids: [studio, UNKNOWN, books] }).expect(200);
      expect(body.results).toMatchObject([
        {
          id: studio,
          status: 200,
          overview: { organization: { id: studio }, meta: { complete: true, memberTotal: 12 } },
        },
        {
          id: UNKNOWN,
          status: 404,
          problem: {
            status: 404,
            code: 'entity.not_exists_with_id',
            instance: `/api/organizations/${UNKNOWN}/overview`,
          },
        },
        { id: books, status: 200, overview: { organization: { id: books }, meta: { complete: true } } },
      ]);
      expect(body.results[0]).not.toHaveProperty('problem');
      expect(body.results[1]).not.toHaveProperty('overview');
      expect(body.results[1].problem.requestId).toBe(headers['x-request-id']);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers).not.toHaveProperty('etag');
    });

    it('returns the same as the single overview', async () => {
      const id = await organization({ ada000000000: [demo().roles.owner], chiara000000: [] });
      const { body } = await overviews({ ids: [id] }).expect(200);
      const alone = await client.get(`/api/organizations/${id}/overview`).expect(200);
      const { meta, ...document } = body.results[0].overview;
      expect(alone.body).toMatchObject(document);
      expect(meta).toMatchObject({ complete: true, consistent: true, memberTotal: 2 });
    });

    it('costs the calls for all parts, the roles once, and no call when warm', async () => {
      const ids = [await organization({ ada000000000: [] }), await organization()];
      running.sandbox.populate(ids[1] ?? '', 150);
      // Roles may be cached from other tests, so their calls are not counted.
      const parts = () => running.upstreamCalls().filter((call) => !call.includes('organization-roles'));
      await overviews({ ids }).expect(200);
      expect(parts().toSorted()).toEqual(
        [
          ...ids.map((id) => `GET /api/organizations/${id}`),
          `GET /api/organizations/${ids[0]}/users?page=1&page_size=100`,
          ...[1, 2].map((page) => `GET /api/organizations/${ids[1]}/users?page=${page}&page_size=100`),
        ].toSorted(),
      );
      expect(running.upstreamCalls().length - parts().length).toBeLessThanOrEqual(1);
      running.sandbox.forget();
      await overviews({ ids }).expect(200);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('reads the roles once for all overviews when cold', async () => {
      const fresh = await startGateway();
      try {
        const agent = await fresh.as();
        fresh.sandbox.forget();
        await agent
          .post('/api/organizations/overviews')
          .send({ ids: Object.values(fresh.sandbox.demo.organizations) })
          .expect(200);
        expect(fresh.upstreamCalls().filter((call) => call.includes('organization-roles'))).toHaveLength(1);
        // Four organizations, with three pages of members for the large one and one for the others, and the roles.
        expect(fresh.upstreamCalls()).toHaveLength(4 + 6 + 1);
      } finally {
        await fresh.close();
      }
    });

    it('supports include, memberFields and memberLimit', async () => {
      const { studio } = demo().organizations;
      const { body } = await overviews({
        ids: [studio],
        include: ['members'],
        memberFields: ['id', 'customData'],
        memberLimit: 3,
      }).expect(200);
      const { overview } = body.results[0];
      expect(overview.members).toHaveLength(3);
      expect(Object.keys(overview.members[0]).toSorted()).toEqual(['customData', 'id']);
      expect(overview.meta.memberTotal).toBe(12);
      expect(overview).not.toHaveProperty('roles');
    });

    it('reports every fault with its pointer, before any call to Logto', async () => {
      const { body } = await overviews({
        ids: ['studio000000', 'a b', 5, '../x'],
        include: ['wings'],
        memberFields: ['salary'],
        memberLimit: 0,
        strict: 'yes',
        extra: 1,
      }).expect(400);
      expect(body.code).toBe('guard.invalid_input');
      const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
      expect(pointers.toSorted()).toEqual([
        '/extra',
        '/ids/1',
        '/ids/2',
        '/ids/3',
        '/include',
        '/memberFields',
        '/memberLimit',
        '/strict',
      ]);
      expect(body.errors.every((fault: { in: string }) => fault.in === 'body')).toBe(true);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      ['no ids', { ids: [] }],
      ['51 ids', { ids: Array.from({ length: 51 }, (_, index) => `org${index}`) }],
      ['ids missing', {}],
      ['an id instead of a list', { ids: 'studio000000' }],
    ])('refuses %s', async (_what, sent) => {
      const { body } = await overviews(sent).expect(400);
      expect(body).toMatchObject({ code: 'guard.invalid_input', errors: [{ in: 'body', pointer: '/ids' }] });
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('accepts 50 ids, even repeated ones', async () => {
      const { studio } = demo().organizations;
      const ids = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? studio : `missing${index}`));
      const { body } = await overviews({ ids, include: [] }).expect(200);
      expect(body.results.map(({ id }: { id: string }) => id)).toEqual(ids);
      expect(body.results.map(({ status }: { status: number }) => status)).toEqual(
        ids.map((id) => (id === studio ? 200 : 404)),
      );
    });

    it('returns only its own organization to an organization token, without calls for the others', async () => {
      const { travel, studio } = demo().organizations;
      const agent = await running.as(running.tokens.organization(travel, demo().users.owner));
      running.sandbox.forget();
      const { body } = await agent
        .post('/api/organizations/overviews')
        .send({ ids: [studio, travel, UNKNOWN] })
        .expect(200);
      expect(body.results).toMatchObject([
        { id: studio, status: 403, problem: { code: 'auth.organization_mismatch' } },
        { id: travel, status: 200 },
        { id: UNKNOWN, status: 403, problem: { code: 'auth.organization_mismatch' } },
      ]);
      expect(Object.keys(body.results[1].overview.members[0]).toSorted()).toEqual(PUBLIC);
      expect(running.upstreamCalls().some((call) => call.includes(studio) || call.includes(UNKNOWN))).toBe(false);
    });

    it('refuses non-public member fields for an organization token, as a fault of the body', async () => {
      const { travel } = demo().organizations;
      const agent = await running.as(running.tokens.organization(travel, demo().users.owner));
      const { body } = await agent
        .post('/api/organizations/overviews')
        .send({ ids: [travel], memberFields: ['id', 'customData'] })
        .expect(400);
      expect(body.errors).toMatchObject([{ in: 'body', pointer: '/memberFields' }]);
    });

    it('requires all permissions of the overview', async () => {
      const { travel } = demo().organizations;
      const agent = await running.as(running.tokens.organization(travel, demo().users.member));
      const { body } = await agent
        .post('/api/organizations/overviews')
        .send({ ids: [travel] })
        .expect(403);
      expect(body).toMatchObject({ code: 'auth.forbidden', detail: expect.stringContaining('read:roles') });
    });

    it('continues with the others when Logto fails for one', async () => {
      const ids = [await organization(), await organization(), await organization()];
      running.sandbox.faults.add({ path: new RegExp(`^/api/organizations/${ids[1]}$`), status: 500 });
      const { body } = await overviews({ ids }).expect(200);
      expect(body.results).toMatchObject([
        { status: 200 },
        { status: 502, problem: { status: 502, code: 'upstream.error' } },
        { status: 200 },
      ]);
    });

    it('continues with the others when Logto refuses one id', async () => {
      const ids = [await organization(), await organization()];
      running.sandbox.faults.add({
        path: new RegExp(`^/api/organizations/${ids[0]}$`),
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: '{"code":"guard.invalid_input","message":"no"}',
      });
      const { body } = await overviews({ ids }).expect(200);
      expect(body.results).toMatchObject([{ status: 400, problem: { code: 'guard.invalid_input' } }, { status: 200 }]);
    });

    it('marks one without members as incomplete, or as failed when strict', async () => {
      const ids = [await organization(), await organization()];
      running.sandbox.faults.add({ path: new RegExp(`^/api/organizations/${ids[0]}/users`), status: 500 });
      const lenient = await overviews({ ids }).expect(200);
      expect(lenient.body.results).toMatchObject([
        { status: 200, overview: { meta: { complete: false, sections: { members: { status: 'failed' } } } } },
        { status: 200, overview: { meta: { complete: true } } },
      ]);
      const strict = await overviews({ ids, strict: true }).expect(200);
      expect(strict.body.results).toMatchObject([
        { status: 502, problem: { code: 'upstream.error' } },
        { status: 200 },
      ]);
    });
  });

  describe('GET /api/organizations/{id}/users/{userId}', () => {
    it('returns profile, roles and scopes with three calls when cold and none when warm', async () => {
      const { several, owner } = demo().users;
      const { admin, member } = demo().roles;
      const id = await organization({ [several]: [admin, member], [owner]: [] });
      const base = `/api/organizations/${id}/users/${several}`;
      // Other users' cached responses contain nothing of this one.
      const cold = await client.get(base).expect(200);
      expect(running.upstreamCalls().toSorted()).toEqual(
        [`GET ${base}/roles`, `GET ${base}/scopes`, `GET /api/users/${several}`].toSorted(),
      );
      expect(cold.body).toMatchObject({
        id: several,
        username: 'chiara',
        customData: {},
        organizationRoles: expect.any(Array),
      });
      expect(cold.body.organizationRoles.map(({ id }: Named) => id).toSorted()).toEqual([admin, member].toSorted());
      expect(Object.keys(cold.body.organizationRoles[0]).toSorted()).toEqual(['id', 'name']);
      expect(namesOf(cold.body.scopes).toSorted()).toEqual(ADMIN_SCOPES);
      expect(cold.headers['cache-status']).toMatch(/^org-gateway; fwd=uri-miss/);
      expect(cold.headers['etag']).toMatch(/^"[^"]+"$/);

      running.sandbox.forget();
      const warm = await client.get(base).expect(200);
      expect(running.upstreamCalls()).toEqual([]);
      expect(warm.headers['cache-status']).toMatch(/^org-gateway; hit/);
      expect(warm.body).toEqual(cold.body);
      await client
        .get(base)
        .set('if-none-match', cold.headers['etag'] ?? '')
        .expect(304);
    });

    it('makes all three calls concurrently', async () => {
      const id = await organization({ dmitri000000: [demo().roles.member] });
      const released = deferred<void>();
      running.sandbox.faults.add({ delayUntil: released.promise });
      const answer = client.get(`/api/organizations/${id}/users/dmitri000000`).then(({ status }) => status);
      await until('all three have reached Logto', () => running.sandbox.requests.length === 3);
      // None of them is answered yet.
      expect(running.sandbox.requests.map(({ status }) => status)).toEqual([0, 0, 0]);
      released.resolve();
      expect(await answer).toBe(200);
    });

    it('returns a member without roles', async () => {
      const id = await organization({ keiko0000000: [] });
      const { body } = await client.get(`/api/organizations/${id}/users/keiko0000000`).expect(200);
      expect(body).toMatchObject({ id: 'keiko0000000', organizationRoles: [], scopes: [] });
    });

    it('returns the public profile to organization tokens', async () => {
      const { travel } = demo().organizations;
      const { several, member } = demo().users;
      const path = `/api/organizations/${travel}/users/${several}`;
      const whole = await client.get(path).expect(200);
      const { body, headers } = await (
        await running.as(running.tokens.organization(travel, member))
      )
        .get(path)
        .expect(200);
      expect(Object.keys(body).toSorted()).toEqual([...PUBLIC, 'scopes'].toSorted());
      expect(whole.body).toMatchObject(body);
      expect(headers['etag']).not.toBe(whole.headers['etag']);
    });

    it.each([
      ['a user who is not a member', 'fernweh00000', 'wanda0000000'],
      ['a user who does not exist', 'fernweh00000', 'nosuchuser00'],
      ['an organization that does not exist', UNKNOWN, 'ada000000000'],
      ['neither', UNKNOWN, 'nosuchuser00'],
    ])('is 404 for %s, without further information', async (_what, id, userId) => {
      const path = `/api/organizations/${id}/users/${userId}`;
      const { body } = await client.get(path).expect(404).expect('content-type', 'application/problem+json');
      expect(body).toMatchObject({
        code: 'entity.not_found',
        detail: 'The organization has no such member.',
        instance: path,
      });
    });

    it('fails when one of the three calls fails', async () => {
      const id = await organization({ ada000000000: [] });
      const end = running.sandbox.faults.add({ path: /\/scopes$/, status: 500 });
      const { body } = await client.get(`/api/organizations/${id}/users/ada000000000`).expect(502);
      expect(body.code).toBe('upstream.error');
      end();
      await client.get(`/api/organizations/${id}/users/ada000000000`).expect(200);
    });

    it('refuses an invalid id by its name, without a call to Logto', async () => {
      const { body } = await client.get('/api/organizations/fernweh00000/users/a%20b').expect(400);
      expect(body.errors).toMatchObject([{ in: 'path', pointer: '/userId' }]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('has new roles at once after they were assigned through the gateway', async () => {
      const id = await organization({ ada000000000: [] });
      const path = `/api/organizations/${id}/users/ada000000000`;
      await client.get(path).expect(200);
      await client
        .put(`${path}/roles`)
        .send({ organizationRoleNames: ['member'] })
        .expect(204);
      const { body } = await client.get(path).expect(200);
      expect(namesOf(body.organizationRoles)).toEqual(['member']);
      expect(namesOf(body.scopes).toSorted()).toEqual(MEMBER_SCOPES);
    });

    it('is 404 at once after the member was removed through the gateway', async () => {
      const id = await organization({ ada000000000: [] });
      const path = `/api/organizations/${id}/users/ada000000000`;
      await client.get(path).expect(200);
      await client.delete(path).expect(204);
      await client.get(path).expect(404);
    });
  });

  describe('GET /api/organizations/{id}/permissions', () => {
    const matrix = (id: string) => client.get(`/api/organizations/${id}/permissions`);

    it('has roles with their scopes, and members with the union of their scopes', async () => {
      const { owner, admin, member, guest } = demo().roles;
      const id = await organization({
        ada000000000: [owner],
        chiara000000: [admin, member],
        greta0000000: [guest, member],
        keiko0000000: [],
      });
      const { body } = await matrix(id).expect(200);
      const roles = new Map<string, string[]>(
        body.roles.map((role: Row & Named) => [role.name, namesOf(role.scopes).toSorted()]),
      );
      expect(roles.get('admin')).toEqual(ADMIN_SCOPES);
      expect(roles.get('member')).toEqual(MEMBER_SCOPES);
      expect(roles.get('guest')).toEqual([]);
      const scopes = Object.fromEntries(body.members.map((row: Row) => [row.id, namesOf(row.scopes)]));
      // Distinct, sorted by name.
      expect(scopes).toEqual({
        ada000000000: roles.get('owner'),
        chiara000000: ADMIN_SCOPES,
        greta0000000: MEMBER_SCOPES,
        keiko0000000: [],
      });
      expect(Object.keys(body.members[0]).toSorted()).toEqual([...PUBLIC, 'scopes'].toSorted());
      expect(body.meta).toMatchObject({ complete: true, consistent: true, memberTotal: 4 });
    });

    it('agrees with Logto’s scopes of each member', async () => {
      const { studio } = demo().organizations;
      const { body } = await matrix(studio).expect(200);
      for (const { id, scopes } of body.members as Row[]) {
        const { json } = await running.tokens.api('GET', `/api/organizations/${studio}/users/${id}/scopes`);
        expect(namesOf(scopes)).toEqual(namesOf(json as Named[]).toSorted());
      }
    });

    it('costs the calls of the overview, and none after the overview', async () => {
      const id = await organization({ ada000000000: [] });
      running.sandbox.populate(id, 120);
      await client.get(`/api/organizations/${id}/overview`).expect(200);
      running.sandbox.forget();
      expect((await matrix(id).expect(200)).body.members).toHaveLength(121);
      expect(running.upstreamCalls()).toEqual([]);

      const other = await organization();
      await matrix(other).expect(200);
      expect(running.upstreamCalls().toSorted()).toEqual([
        `GET /api/organizations/${other}`,
        `GET /api/organizations/${other}/users?page=1&page_size=100`,
      ]);
    });

    it('has an ETag for 304 until something changes', async () => {
      const id = await organization({ ada000000000: [demo().roles.guest] });
      const first = await matrix(id).expect(200);
      const etag = first.headers['etag'] ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      await matrix(id).set('if-none-match', etag).expect(304);
      const overview = await client.get(`/api/organizations/${id}/overview`).expect(200);
      expect(overview.headers['etag']).not.toBe(etag);
      await client
        .post(`/api/organizations/${id}/users/ada000000000/roles`)
        .send({ organizationRoleNames: ['member'] })
        .expect(201);
      const second = await matrix(id).set('if-none-match', etag).expect(200);
      expect(second.headers['etag']).not.toBe(etag);
    });

    it('is incomplete and not stored when a part cannot be read', async () => {
      const id = await organization({ ada000000000: [demo().roles.member] });
      running.sandbox.faults.add({ path: /\/users\?/, status: 500, times: 1 });
      const { body, headers } = await matrix(id).expect(200);
      expect(body).not.toHaveProperty('members');
      expect(body.roles.length).toBeGreaterThanOrEqual(5);
      expect(body.meta).toMatchObject({
        complete: false,
        memberTotal: null,
        sections: { members: { status: 'failed', code: 'upstream.error' }, roles: { status: 'ok' } },
      });
      expect(headers).toMatchObject({ 'x-aggregate-complete': 'false', 'cache-control': 'no-store' });
      expect(headers).not.toHaveProperty('etag');
      expect((await matrix(id).expect(200)).headers['x-aggregate-complete']).toBe('true');
    });

    it('has members without scopes when the roles cannot be read', async () => {
      const fresh = await startGateway();
      try {
        fresh.sandbox.faults.add({ path: /organization-roles/, status: 500 });
        const { body } = await (
          await fresh.as()
        )
          .get(`/api/organizations/${fresh.sandbox.demo.organizations.studio}/permissions`)
          .expect(200);
        expect(body).not.toHaveProperty('roles');
        expect(body.members).toHaveLength(12);
        expect(body.members[0]).not.toHaveProperty('scopes');
        expect(body.meta).toMatchObject({
          complete: false,
          sections: { roles: { status: 'failed', code: 'upstream.error' } },
        });
      } finally {
        await fresh.close();
      }
    });

    it('is 404 for an unknown organization', async () => {
      expect((await matrix(UNKNOWN).expect(404)).body.code).toBe('entity.not_exists_with_id');
    });

    it('requires read:members and read:roles', async () => {
      const { travel } = demo().organizations;
      const path = `/api/organizations/${travel}/permissions`;
      const member = await running.as(running.tokens.organization(travel, demo().users.member));
      expect((await member.get(path).expect(403)).body.detail).toContain('read:roles');
      const owner = await running.as(running.tokens.organization(travel, demo().users.owner));
      await owner.get(path).expect(200);
      await owner.get('/api/organizations/studio000000/permissions').expect(403);
    });
  });
});
