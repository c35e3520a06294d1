import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';

interface Named {
  readonly id: string;
  readonly name: string;
}
const namesOf = (list: readonly Named[]): string[] => list.map(({ name }) => name).toSorted();

describe('/api/me/organizations', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(() => running.sandbox.forget());
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  /** A new user in new organizations, with the given role names in each. */
  const somebody = async (...memberships: readonly (readonly string[])[]) => {
    const api = running.tokens.api.bind(running.tokens);
    const made = await api('POST', '/api/users', { name: 'Grace' });
    const { id: userId } = made.json as { id: string };
    const ids: string[] = [];
    for (const organizationRoleNames of memberships) {
      const { json } = await api('POST', '/api/organizations', { name: `Mine ${ids.length}` });
      const { id } = json as { id: string };
      await api('POST', `/api/organizations/${id}/users`, { userIds: [userId] });
      await api('PUT', `/api/organizations/${id}/users/${userId}/roles`, { organizationRoleNames });
      ids.push(id);
    }
    const agent = await running.as(running.tokens.user(userId));
    running.sandbox.forget();
    return { userId, ids, agent };
  };

  describe('GET /api/me/organizations', () => {
    it('lists the user’s organizations with the user’s roles, with one call when cold and none when warm', async () => {
      const { userId, ids, agent } = await somebody(['member'], ['guest', 'member'], []);
      const { body, headers } = await agent.get('/api/me/organizations').expect(200);
      const roles = Object.fromEntries(
        body.map((mine: { id: string; organizationRoles: Named[] }) => [mine.id, namesOf(mine.organizationRoles)]),
      );
      expect(roles).toEqual({ [ids[0] ?? '']: ['member'], [ids[1] ?? '']: ['guest', 'member'], [ids[2] ?? '']: [] });
      expect(body[0]).toMatchObject({ name: expect.any(String), customData: {} });
      expect(headers['etag']).toMatch(/^"[^"]+"$/);
      expect(running.upstreamCalls()).toEqual([`GET /api/users/${userId}/organizations`]);
      await agent
        .get('/api/me/organizations')
        .set('if-none-match', headers['etag'] ?? '')
        .expect(304);
      expect(running.upstreamCalls()).toHaveLength(1);
    });

    it('is empty for a user without organizations', async () => {
      const { agent } = await somebody();
      expect((await agent.get('/api/me/organizations').expect(200)).body).toEqual([]);
    });

    it('shows users only their own data', async () => {
      const [one, two] = [await somebody(['member']), await somebody(['guest'])];
      expect((await one.agent.get('/api/me/organizations').expect(200)).body).toMatchObject([{ id: one.ids[0] }]);
      expect((await two.agent.get('/api/me/organizations').expect(200)).body).toMatchObject([{ id: two.ids[0] }]);
    });

    it('shows changes made through the gateway at once: joining, new roles, new names, leaving', async () => {
      const { userId, ids, agent } = await somebody([]);
      const mine = async () => (await agent.get('/api/me/organizations').expect(200)).body;
      expect(await mine()).toHaveLength(1);

      const { body: made } = await client.post('/api/organizations').send({ name: 'Joined' }).expect(201);
      await client
        .post(`/api/organizations/${made.id}/users`)
        .send({ userIds: [userId] })
        .expect(201);
      expect(await mine()).toHaveLength(2);

      await client
        .put(`/api/organizations/${ids[0]}/users/${userId}/roles`)
        .send({ organizationRoleNames: ['admin'] })
        .expect(204);
      expect(await mine()).toContainEqual(
        expect.objectContaining({ id: ids[0], organizationRoles: [expect.objectContaining({ name: 'admin' })] }),
      );

      await client.patch(`/api/organizations/${ids[0]}`).send({ name: 'Renamed' }).expect(200);
      expect(await mine()).toContainEqual(expect.objectContaining({ id: ids[0], name: 'Renamed' }));

      await client.delete(`/api/organizations/${made.id}/users/${userId}`).expect(204);
      expect(await mine()).toMatchObject([{ id: ids[0] }]);

      await client.delete(`/api/organizations/${ids[0]}`).expect(204);
      expect(await mine()).toEqual([]);
    });

    it('fails when Logto fails', async () => {
      const { agent } = await somebody();
      running.sandbox.faults.add({ path: /\/organizations$/, status: 500 });
      expect((await agent.get('/api/me/organizations').expect(502)).body.code).toBe('upstream.error');
    });

    it('is 404 for a deleted user', async () => {
      const { userId, agent } = await somebody();
      await running.tokens.api('DELETE', `/api/users/${userId}`);
      const { body } = await agent.get('/api/me/organizations').expect(404);
      expect(body.code).toMatch(/^entity\./);
    });
  });

  describe('GET /api/me/organizations/{id}', () => {
    it('returns roles and scopes with two calls when cold and none when warm', async () => {
      const { userId, ids, agent } = await somebody(['guest', 'member']);
      const [id] = ids;
      const { body } = await agent.get(`/api/me/organizations/${id}`).expect(200);
      expect(Object.keys(body).toSorted()).toEqual(['id', 'organizationRoles', 'scopes']);
      expect(body.id).toBe(id);
      expect(namesOf(body.organizationRoles)).toEqual(['guest', 'member']);
      expect(Object.keys(body.organizationRoles[0]).toSorted()).toEqual(['id', 'name']);
      expect(namesOf(body.scopes)).toEqual(['read:members', 'read:organizations']);
      const base = `GET /api/organizations/${id}/users/${userId}`;
      expect(running.upstreamCalls().toSorted()).toEqual([`${base}/roles`, `${base}/scopes`]);
      await agent.get(`/api/me/organizations/${id}`).expect(200);
      expect(running.upstreamCalls()).toHaveLength(2);
    });

    it('returns empty lists to a member without roles', async () => {
      const { ids, agent } = await somebody([]);
      expect((await agent.get(`/api/me/organizations/${ids[0]}`).expect(200)).body).toEqual({
        id: ids[0],
        organizationRoles: [],
        scopes: [],
      });
    });

    it('is the same 404 for non-members and for unknown organizations', async () => {
      const { agent } = await somebody();
      const answers = [];
      for (const id of [running.sandbox.demo.organization, UNKNOWN]) {
        const { body } = await agent
          .get(`/api/me/organizations/${id}`)
          .expect(404)
          .expect('content-type', 'application/problem+json');
        answers.push([body.code, body.detail, body.title]);
      }
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]?.[0]).toBe('entity.not_found');
    });

    it('shows a role assigned or removed through the gateway at once', async () => {
      const { userId, ids, agent } = await somebody(['guest']);
      const path = `/api/me/organizations/${ids[0]}`;
      const roles = `/api/organizations/${ids[0]}/users/${userId}/roles`;
      expect((await agent.get(path).expect(200)).body.scopes).toEqual([]);
      await client
        .post(roles)
        .send({ organizationRoleNames: ['member'] })
        .expect(201);
      expect(namesOf((await agent.get(path).expect(200)).body.scopes)).toEqual(['read:members', 'read:organizations']);
      await client.delete(`${roles}/${running.sandbox.demo.roles.member}`).expect(204);
      expect((await agent.get(path).expect(200)).body.scopes).toEqual([]);
      await client.delete(`/api/organizations/${ids[0]}/users/${userId}`).expect(204);
      await agent.get(path).expect(404);
    });

    it('refuses an invalid id by its name, without a call to Logto', async () => {
      const { agent } = await somebody();
      const { body } = await agent.get('/api/me/organizations/a.b').expect(400);
      expect(body.errors).toMatchObject([{ in: 'path', pointer: '/id' }]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('fails when one of the two calls fails', async () => {
      const { ids, agent } = await somebody(['guest']);
      running.sandbox.faults.add({ path: /\/scopes$/, status: 500, times: 1 });
      await agent.get(`/api/me/organizations/${ids[0]}`).expect(502);
      await agent.get(`/api/me/organizations/${ids[0]}`).expect(200);
    });
  });

  describe('access', () => {
    const paths = ['/api/me/organizations', '/api/me/organizations/fernweh00000'];

    it.each(paths)('is denied to machines: 403 for %s', async (path) => {
      expect((await client.get(path).expect(403)).body.code).toBe('auth.forbidden');
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each(paths)('is denied to organization tokens: 403 for %s', async (path) => {
      const { organization, users } = running.sandbox.demo;
      for (const token of [
        running.tokens.organization(organization, users.owner),
        running.tokens.organizationApi(organization, users.owner),
      ]) {
        const agent = await running.as(token);
        expect((await agent.get(path).expect(403)).body.code).toBe('auth.forbidden');
      }
    });

    it.each(paths)('is denied without a token: 401 for %s', async (path) => {
      const { body, headers } = await running.anonymous().get(path).expect(401);
      expect(body.code).toMatch(/^auth\./);
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
    });

    it('to other routes is denied to user tokens, even with all scopes', async () => {
      const { organization, users } = running.sandbox.demo;
      const agent = await running.as(
        running.tokens.user(users.owner, 'read:organizations read:members read:roles manage:members'),
      );
      await agent.get('/api/me/organizations').expect(200);
      for (const path of ['', '/users', '/overview', '/permissions', '/users/export', `/users/${users.owner}`]) {
        const { body } = await agent.get(`/api/organizations/${organization}${path}`).expect(403);
        expect(body.code).toBe('auth.forbidden');
      }
      await agent
        .post('/api/organizations/overviews')
        .send({ ids: [organization] })
        .expect(403);
      await agent
        .post(`/api/organizations/${organization}/members`)
        .send({ members: [{ userId: 'wanda0000000' }] })
        .expect(403);
    });
  });
});
