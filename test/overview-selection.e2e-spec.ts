import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const path = '/api/organizations/fernweh00000/overview';
interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly organizationRoles: readonly { readonly id: string; readonly name: string }[];
}

describe('members of an overview', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  afterAll(() => running.close());

  it.each(['owner', 'roleowner000000000000'])(
    'can be filtered by the role %s, while roles count all members',
    async (role) => {
      const { body } = await client.get(`${path}?role=${role}`).expect(200);
      const { members, roles, meta } = body as {
        members: Person[];
        roles: { id: string; memberCount: number }[];
        meta: object;
      };
      expect(members).toHaveLength(2);
      for (const { organizationRoles } of members) expect(organizationRoles.map(({ name }) => name)).toContain('owner');
      expect(roles.find(({ id }) => id === 'roleowner000000000000')?.memberCount).toBe(2);
      expect(roles.reduce((sum, { memberCount }) => sum + memberCount, 0)).toBeGreaterThan(200);
      expect(meta).toMatchObject({ complete: true, memberTotal: 250 });
    },
  );

  it('are sorted before they are limited', async () => {
    const { body } = await client.get(`${path}?include=members&sort=name&order=desc&memberLimit=5`).expect(200);
    const names = (body as { members: Person[] }).members.map(({ name }) => name ?? '');
    expect(names).toHaveLength(5);
    expect(names).toEqual(
      names.toSorted(new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare).toReversed(),
    );
  });

  it('need no more calls with a selection', async () => {
    await client.get(path).expect(200);
    running.sandbox.forget();
    await client.get(`${path}?role=member&sort=lastSignInAt`).expect(200);
    expect(running.upstreamCalls()).toEqual([]);
  });

  it.each([
    ['role=nobodys', '/role', 'unknown_role'],
    ['role=', '/role', 'length'],
    ['sort=email', '/sort', 'is_in'],
    ['sort=name&order=up', '/order', 'is_in'],
    ['order=desc', '/order', 'without_sort'],
  ])('cannot be selected with %s', async (query, pointer, code) => {
    const { body } = await client.get(`${path}?${query}`).expect(400);
    expect(body.errors).toEqual([expect.objectContaining({ in: 'query', pointer, code })]);
  });

  it('can only be sorted and selected by public fields with an organization token', async () => {
    const member = await running.as(running.tokens.organization('fernweh00000', running.sandbox.demo.users.owner));
    await member.get(`${path}?sort=name`).expect(200);
    const { body } = await member.get(`${path}?sort=lastSignInAt&memberFields=id,customData`).expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/memberFields' }, { pointer: '/sort' }]);
  });

  it('can be selected in a request for several overviews, with faults in the body', async () => {
    const several = { ids: ['fernweh00000', 'studio000000'], role: 'owner', sort: 'name', memberFields: ['id'] };
    const { body } = await client.post('/api/organizations/overviews').send(several).expect(200);
    expect(body.results).toMatchObject([{ status: 200, overview: { members: [{}, {}] } }, { status: 200 }]);
    const { body: refused } = await client
      .post('/api/organizations/overviews')
      .send({ ...several, role: 'nobodys' })
      .expect(400);
    expect(refused.errors).toMatchObject([{ in: 'body', pointer: '/role' }]);
  });
});
