import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN_ROLE = 'nosuchrole00000000000';

describe('roles', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let users: Running['sandbox']['demo']['users'];
  let roles: Running['sandbox']['demo']['roles'];
  let base: string;
  let path: string;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
    ({ users, roles } = running.sandbox.demo);
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Small' });
    base = `/api/organizations/${(json as { id: string }).id}/users`;
    path = `${base}/${users.owner}/roles`;
    await running.tokens.api('POST', base, { userIds: [users.owner, users.guest] });
    await running.tokens.api('PUT', path, { organizationRoleIds: [roles.owner, roles.member] });
    running.sandbox.forget();
  });
  afterAll(() => running.close());

  const held = async () => {
    const { body } = await client.get(path).expect(200);
    return (body as { id: string }[]).map(({ id }) => id).toSorted();
  };
  const pointersOf = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer).toSorted();
  const many = (count: number, prefix = 'u') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  describe('GET …/roles', () => {
    it('returns all roles without a total when no page is requested', async () => {
      const { body, headers } = await client.get(path).expect(200);
      expect(body).toContainEqual(expect.objectContaining({ id: roles.owner, name: 'owner', type: 'User' }));
      expect(headers).not.toHaveProperty('total-number');
      expect(headers).not.toHaveProperty('link');
      expect(running.upstreamCalls()).toEqual([`GET ${path}`]);
    });

    it.each(['page=1', 'page_size=1', 'page=2&page_size=1'])('has a total and links with ?%s', async (query) => {
      const { headers } = await client.get(`${path}?${query}`).expect(200);
      expect(headers['total-number']).toBe('2');
      expect(headers['link']).toContain('rel="first"');
    });

    it('keeps Logto’s 422 for a non-member', async () => {
      const { body } = await client.get(`${base}/${users.outsider}/roles`).expect(422);
      expect(body).toMatchObject({ code: 'organization.require_membership', type: '/problems/unprocessable' });
    });
  });

  describe('POST …/roles', () => {
    it('adds roles by id and by name, each once', async () => {
      const { body } = await client
        .post(path)
        .send({ organizationRoleIds: [roles.guest, roles.guest], organizationRoleNames: ['admin', 'guest'] })
        .expect(201);
      expect(body.organizationRoleIds.toSorted()).toEqual([roles.admin, roles.guest].toSorted());
      expect(await held()).toEqual([roles.owner, roles.member, roles.admin, roles.guest].toSorted());
    });

    it('adds nothing for {}, as Logto does', async () => {
      expect((await client.post(path).send({}).expect(201)).body).toEqual({ organizationRoleIds: [] });
    });

    it.each([
      ['an unknown id', { organizationRoleIds: [UNKNOWN_ROLE] }, 'entity.relation_foreign_key_not_found'],
      ['an unknown name', { organizationRoleNames: ['king'] }, 'organization.role_names_not_found'],
      ['an id that is too long', { organizationRoleIds: ['x'.repeat(22)] }, 'entity.value_too_long'],
    ])('keeps Logto’s code for %s', async (_what, body, code) => {
      expect((await client.post(path).send(body).expect(422)).body.code).toBe(code);
    });

    it('keeps Logto’s code for a machine’s role', async () => {
      const { body } = await client
        .post(path)
        .send({ organizationRoleIds: [roles.robot] })
        .expect(422);
      expect(body.code).toBe('entity.db_constraint_violated');
    });
  });

  describe('PUT …/roles', () => {
    it('replaces all roles by ids and names together', async () => {
      expect(
        (
          await client
            .put(path)
            .send({ organizationRoleIds: [roles.guest], organizationRoleNames: ['admin'] })
            .expect(204)
        ).text,
      ).toBe('');
      expect(await held()).toEqual([roles.admin, roles.guest].toSorted());
    });

    it('accepts names only', async () => {
      await client
        .put(path)
        .send({ organizationRoleNames: ['guest'] })
        .expect(204);
      expect(await held()).toEqual([roles.guest]);
    });

    it.each([
      [{ organizationRoleIds: [] }],
      [{ organizationRoleNames: [] }],
      [{ organizationRoleIds: [], organizationRoleNames: [] }],
    ])('removes all roles with %j', async (body) => {
      await client.put(path).send(body).expect(204);
      expect(await held()).toEqual([]);
    });

    it.each([
      ['{}', '{}', ['/organizationRoleIds']],
      ['a misspelt field', '{"roleIds":["x"]}', ['/organizationRoleIds', '/roleIds']],
      ['another case', '{"organizationroleids":[]}', ['/organizationRoleIds', '/organizationroleids']],
      ['null', '{"organizationRoleIds":null}', ['/organizationRoleIds']],
      ['null for names', '{"organizationRoleNames":null}', ['/organizationRoleNames']],
      ['a string', '{"organizationRoleIds":"x"}', ['/organizationRoleIds']],
      ['an empty id', '{"organizationRoleIds":[""]}', ['/organizationRoleIds/0']],
      ['a list as the body', '[]', ['']],
      ['a field named like an inherited property', '{"organizationRoleIds":[],"toString":[]}', ['/toString']],
    ])('refuses %s, and no role is lost', async (_what, json, pointers) => {
      const { body } = await client.put(path).type('json').send(json).expect(400);
      expect(body.code).toBe('guard.invalid_input');
      expect(pointersOf(body)).toEqual(pointers);
      expect(running.upstreamCalls()).toEqual([]);
      expect(await held()).toEqual([roles.owner, roles.member].toSorted());
    });

    it('refuses an empty body, and no role is lost', async () => {
      await client.put(path).type('json').send('').expect(400);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/merge-patch+json',
      'application/octet-stream',
      'constructor',
      '__proto__',
      'toString',
    ])('refuses content type %s, which Logto would ignore, and no role is lost', async (type) => {
      const response = await fetch(running.gateway.url + path, {
        method: 'PUT',
        headers: { authorization: `Bearer ${await running.tokens.service()}`, ...(type && { 'content-type': type }) },
        body: Buffer.from('{}'),
      });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept')).toBe('application/json');
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('refuses a missing body, and no role is lost', async () => {
      const authorization = `Bearer ${await running.tokens.service()}`;
      const { status } = await fetch(running.gateway.url + path, { method: 'PUT', headers: { authorization } });
      expect(status).toBe(415);
      expect(running.upstreamCalls()).toEqual([]);
    });
  });

  describe('DELETE …/roles/{roleId}', () => {
    it('removes a role once', async () => {
      await client.delete(`${path}/${roles.owner}`).expect(204);
      expect(await held()).toEqual([roles.member]);
      expect((await client.delete(`${path}/${roles.owner}`).expect(404)).body.code).toBe('entity.not_found');
    });

    it('keeps Logto’s 422 for a non-member', async () => {
      const { body } = await client.delete(`${base}/${users.outsider}/roles/${roles.owner}`).expect(422);
      expect(body.code).toBe('organization.require_membership');
    });

    it('reports all three ids when all are invalid', async () => {
      const { body } = await client.delete('/api/organizations/a.b/users/c%20d/roles/e.f').expect(400);
      expect(pointersOf(body)).toEqual(['/id', '/roleId', '/userId']);
    });
  });

  describe('POST …/users/roles', () => {
    it('assigns every role to every member, and answers 201 without a body', async () => {
      const { text, headers } = await client
        .post(`${base}/roles`)
        .send({ userIds: [users.owner, users.guest], organizationRoleIds: [roles.admin, roles.guest] })
        .expect(201);
      expect(text).toBe('');
      expect(headers['content-length']).toBe('0');
      expect(await held()).toEqual([roles.owner, roles.member, roles.admin, roles.guest].toSorted());
    });

    it('changes nothing when one user is not a member', async () => {
      const { body } = await client
        .post(`${base}/roles`)
        .send({ userIds: [users.owner, users.outsider], organizationRoleIds: [roles.admin] })
        .expect(422);
      expect(body.code).toBe('entity.relation_foreign_key_not_found');
      expect(await held()).not.toContain(roles.admin);
    });

    it('requires both lists of ids', async () => {
      const { body } = await client
        .post(`${base}/roles`)
        .send({ userIds: [], organizationRoleNames: ['admin'] })
        .expect(400);
      expect(pointersOf(body)).toEqual(['/organizationRoleIds', '/organizationRoleNames', '/userIds']);
    });

    it('accepts 500 assignments and refuses 501, naming the limit', async () => {
      await client
        .post(`${base}/roles`)
        .send({ userIds: many(250), organizationRoleIds: many(2, 'r') })
        .expect(422);
      running.sandbox.forget();
      const { body } = await client
        .post(`${base}/roles`)
        .send({ userIds: many(167), organizationRoleIds: many(3, 'r') })
        .expect(400);
      expect(JSON.stringify(body.errors)).toMatch(/\b500\b/);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('refuses 1,001 ids, naming that limit', async () => {
      const { body } = await client
        .post(`${base}/roles`)
        .send({ userIds: many(1001), organizationRoleIds: ['r'] })
        .expect(400);
      expect(body.errors).toContainEqual(
        expect.objectContaining({ pointer: '/userIds', detail: 'must have at most 1000 items' }),
      );
    });
  });

  describe('GET …/scopes', () => {
    it('returns the scopes of all the member’s roles', async () => {
      const { body } = await client.get(`${base}/${users.owner}/scopes`).expect(200);
      expect(body.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(['read:members', 'manage:roles']),
      );
    });

    it('returns none for a non-member, as Logto does', async () => {
      expect((await client.get(`${base}/${users.outsider}/scopes`).expect(200)).body).toEqual([]);
    });
  });

  describe('the catalogue', () => {
    it('lists roles by name with their scopes, paged', async () => {
      const { body, headers } = await client.get('/api/organization-roles?page_size=2').expect(200);
      expect(body.map(({ name }: { name: string }) => name)).toEqual(['admin', 'guest']);
      expect(body[0].scopes).toContainEqual({ id: expect.any(String), name: 'read:members' });
      expect(headers['total-number']).toBe('5');
      expect(headers['link']).toContain(
        `<${running.gateway.url}/api/organization-roles?page_size=2&page=2>; rel="next"`,
      );
    });

    it('searches roles and scopes', async () => {
      expect((await client.get('/api/organization-roles?q=OWN').expect(200)).body).toMatchObject([{ id: roles.owner }]);
      const { body } = await client.get('/api/organization-scopes?q=manage').expect(200);
      expect(body.map(({ name }: { name: string }) => name).toSorted()).toEqual(['manage:members', 'manage:roles']);
    });

    it('lists all scopes when no page is requested', async () => {
      const { body } = await client.get('/api/organization-scopes').expect(200);
      expect(body).toHaveLength(9);
    });

    it.each(['/api/organization-roles', '/api/organization-scopes'])('refuses invalid pages of %s', async (address) => {
      const { body } = await client.get(`${address}?page=0&page_size=1e1`).expect(400);
      expect(body.code).toBe('guard.invalid_pagination');
      expect(pointersOf(body)).toEqual(['/page', '/page_size']);
    });
  });
});
