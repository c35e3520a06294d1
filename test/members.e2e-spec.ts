import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';

describe('members', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let organization: string;
  let owner: string;
  let guest: string;
  let outsider: string;
  let roles: Running['sandbox']['demo']['roles'];
  let path: string;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
    ({ owner, guest, outsider } = running.sandbox.demo.users);
    ({ roles } = running.sandbox.demo);
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Small' });
    organization = (json as { id: string }).id;
    path = `/api/organizations/${organization}/users`;
    await running.tokens.api('POST', path, { userIds: [owner, guest] });
    await running.tokens.api('PUT', `${path}/${owner}/roles`, { organizationRoleIds: [roles.owner, roles.member] });
    running.sandbox.forget();
  });
  afterAll(() => running.close());

  const ids = (body: { id: string }[]) => body.map(({ id }) => id);
  const pointersOf = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer).toSorted();
  const many = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);

  describe('GET …/users', () => {
    it('lists members by id with their roles, byte for byte as Logto does', async () => {
      const { body, headers } = await client.get(path).expect(200);
      expect(headers['total-number']).toBe('2');
      expect(ids(body)).toEqual([owner, guest].toSorted());
      expect(body[0].organizationRoles.map(({ name }: { name: string }) => name)).toEqual(['member', 'owner']);
      expect(body).toEqual((await running.tokens.api('GET', path)).json);
      expect(running.upstreamCalls()[0]).toBe(`GET ${path}?page=1&page_size=20`);
    });

    it.each([
      ['name', 'GRETA'],
      ['user name', 'greta'],
      ['e-mail address', 'greta%40fernweh'],
      ['id', 'greta0000000'],
    ])('finds a member by %s', async (_what, q) => {
      expect(ids((await client.get(`${path}?q=${q}`).expect(200)).body)).toEqual([guest]);
    });

    it('finds members by role', async () => {
      expect(ids((await client.get(`${path}?organizationRoleId=${roles.owner}`).expect(200)).body)).toEqual([owner]);
      expect((await client.get(`${path}?organizationRoleId=unknown`).expect(200)).body).toEqual([]);
    });

    it('links pages and keeps the filters', async () => {
      const { headers } = await client.get(`${path}?q=e&page_size=1`).expect(200);
      expect(headers['link']).toContain(`<${running.gateway.url}${path}?q=e&page_size=1&page=2>; rel="next"`);
    });

    it('is 404 for an unknown organization, where Logto returns an empty list', async () => {
      const { body } = await client.get(`/api/organizations/${UNKNOWN}/users`).expect(404);
      expect(body.code).toBe('entity.not_exists_with_id');
      await client.get(`/api/organizations/${UNKNOWN}/users?page=7`).expect(404);
    });

    it('is an empty list if the organization has no members, or none match', async () => {
      const { empty } = running.sandbox.demo.organizations;
      expect((await client.get(`/api/organizations/${empty}/users`).expect(200)).body).toEqual([]);
      expect((await client.get(`${path}?q=nobodyatall`).expect(200)).headers['total-number']).toBe('0');
    });

    it('reports the faults of path and query together', async () => {
      const { body } = await client
        .get('/api/organizations/a%20b/users?page=0&organizationRoleId=&q=a&q=b')
        .expect(400);
      expect(body.code).toBe('guard.invalid_input');
      expect(body.errors.map((fault: { in: string; pointer: string }) => fault.in + fault.pointer).toSorted()).toEqual([
        'path/id',
        'query/organizationRoleId',
        'query/page',
        'query/q',
      ]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('returns only the public profile to organization tokens', async () => {
      const member = await running.as(running.tokens.organization(organization, owner));
      const { body, headers } = await member.get(path).expect(200);
      expect(Object.keys(body[0]).toSorted()).toEqual([
        'avatar',
        'id',
        'name',
        'organizationRoles',
        'primaryEmail',
        'primaryPhone',
        'username',
      ]);
      const whole = await client.get(path).expect(200);
      expect(whole.body[0]).toHaveProperty('identities');
      expect(whole.headers['etag']).not.toBe(headers['etag']);
    });
  });

  describe('POST …/users', () => {
    it('adds members and echoes the request', async () => {
      const { body } = await client
        .post(path)
        .send({ userIds: [outsider, owner, outsider] })
        .expect(201);
      expect(body).toEqual({ userIds: [outsider, owner, outsider] });
      expect(ids((await client.get(path).expect(200)).body)).toContain(outsider);
    });

    it('adds no member when one id is unknown, and keeps Logto’s code', async () => {
      const { body } = await client
        .post(path)
        .send({ userIds: [outsider, 'nobody000000'] })
        .expect(422);
      expect(body.code).toBe('entity.relation_foreign_key_not_found');
      expect(ids((await client.get(path).expect(200)).body)).not.toContain(outsider);
    });

    it('keeps Logto’s code for an unknown organization', async () => {
      const { body } = await client
        .post(`/api/organizations/${UNKNOWN}/users`)
        .send({ userIds: [owner] })
        .expect(422);
      expect(body.code).toBe('entity.relation_foreign_key_not_found');
    });

    it.each([
      ['an empty object', {}, ['/userIds']],
      ['an empty list', { userIds: [] }, ['/userIds']],
      ['a string instead of a list', { userIds: 'ada000000000' }, ['/userIds']],
      [
        'invalid items, each with its index',
        { userIds: ['ok', 5, '', 'a\0', null] },
        ['/userIds/1', '/userIds/2', '/userIds/3', '/userIds/4'],
      ],
      ['a misspelt field beside the correct one', { userIds: ['ok'], user_ids: [] }, ['/user_ids']],
    ])('refuses %s', async (_what, body, pointers) => {
      expect(pointersOf((await client.post(path).send(body).expect(400)).body)).toEqual(pointers);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('accepts 1,000 ids and refuses 1,001, naming the limit', async () => {
      await client
        .post(path)
        .send({ userIds: many(1000) })
        .expect(422);
      running.sandbox.forget();
      const { body } = await client
        .post(path)
        .send({ userIds: many(1001) })
        .expect(400);
      expect(body.errors).toEqual([
        { in: 'body', pointer: '/userIds', code: 'array_max_size', detail: 'must have at most 1000 items' },
      ]);
      expect(running.upstreamCalls()).toEqual([]);
    });
  });

  describe('PUT …/users', () => {
    it('replaces the members; remaining members keep their roles', async () => {
      const { text } = await client
        .put(path)
        .send({ userIds: [owner, outsider] })
        .expect(204);
      expect(text).toBe('');
      const { body } = await client.get(path).expect(200);
      expect(ids(body)).toEqual([owner, outsider].toSorted());
      expect(body[0].organizationRoles).toHaveLength(2);
    });

    it('removes all members with []', async () => {
      await client.put(path).send({ userIds: [] }).expect(204);
      expect((await client.get(path).expect(200)).body).toEqual([]);
    });

    it('is 404 for [] in an unknown organization, where Logto reports success', async () => {
      const { body } = await client.put(`/api/organizations/${UNKNOWN}/users`).send({ userIds: [] }).expect(404);
      expect(body.code).toBe('entity.not_exists_with_id');
      expect(running.upstreamCalls()).toEqual([`GET /api/organizations/${UNKNOWN}`]);
    });

    it('changes nothing when one id is unknown', async () => {
      await client
        .put(path)
        .send({ userIds: ['nobody000000'] })
        .expect(422);
      expect(ids((await client.get(path).expect(200)).body)).toHaveLength(2);
    });

    it.each([[{}], [{ userids: [] }], [{ userIds: null }]])('refuses %j, and no member is removed', async (body) => {
      await client.put(path).send(body).expect(400);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('accepts 10,000 ids and refuses 10,001, naming the limit', async () => {
      await client
        .put(path)
        .send({ userIds: many(10_000) })
        .expect(422);
      const { body } = await client
        .put(path)
        .send({ userIds: many(10_001) })
        .expect(400);
      expect(body.errors).toMatchObject([{ pointer: '/userIds', detail: 'must have at most 10000 items' }]);
    });
  });

  describe('DELETE …/users/{userId}', () => {
    it('removes a member once', async () => {
      await client.get(path).expect(200);
      expect((await client.delete(`${path}/${guest}`).expect(204)).text).toBe('');
      expect(ids((await client.get(path).expect(200)).body)).toEqual([owner]);
      expect((await client.delete(`${path}/${guest}`).expect(404)).body.code).toBe('entity.not_found');
    });

    it('is 404 with Logto’s code for an unknown organization', async () => {
      expect((await client.delete(`/api/organizations/${UNKNOWN}/users/${guest}`).expect(404)).body.code).toBe(
        'entity.not_found',
      );
    });

    it('reports both ids when both are invalid', async () => {
      const { body } = await client.delete('/api/organizations/a.b/users/c%20d').expect(400);
      expect(pointersOf(body)).toEqual(['/id', '/userId']);
      expect(running.upstreamCalls()).toEqual([]);
    });
  });
});
