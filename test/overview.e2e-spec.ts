import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

type Client = Awaited<ReturnType<Running['as']>>;

const freshOrganization = async (
  running: Running,
  members: Record<string, readonly string[]> = {},
): Promise<string> => {
  const { json } = await running.tokens.api('POST', '/api/organizations', {
    name: 'Small',
    customData: { plan: 'pro' },
  });
  const { id } = json as { id: string };
  const path = `/api/organizations/${id}/users`;
  if (Object.keys(members).length > 0) await running.tokens.api('POST', path, { userIds: Object.keys(members) });
  for (const [user, organizationRoleIds] of Object.entries(members))
    await running.tokens.api('PUT', `${path}/${user}/roles`, { organizationRoleIds });
  running.sandbox.forget();
  return id;
};

describe('GET /api/organizations/{id}/overview', () => {
  let running: Running;
  let client: Client;
  let organization: string;
  let path: string;
  let users: Running['sandbox']['demo']['users'];
  let roles: Running['sandbox']['demo']['roles'];

  beforeAll(async () => {
    // Long enough for a reply on a busy machine, and short enough to wait for.
    running = await startGateway({ UPSTREAM_TIMEOUT_MS: '1000' });
    client = await running.as();
    ({ users, roles } = running.sandbox.demo);
  });
  beforeEach(async () => {
    organization = await freshOrganization(running, {
      [users.owner]: [roles.owner, roles.member],
      [users.guest]: [roles.member],
      [users.outsider]: [],
    });
    path = `/api/organizations/${organization}/overview`;
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const membersPath = () => new RegExp(`/organizations/${organization}/users`);
  const catalogueStillFresh = () => client.get('/api/organization-roles?page_size=100').expect(200);
  /** Bypasses the cache, because another test may have cached the tenant's catalogue. */
  const uncached = (query = '') => client.get(path + query).set('cache-control', 'no-cache');

  it('returns 250 members with 1 + 3 + 1 upstream calls when cold and none when warm', async () => {
    const { sandbox } = running;
    const travel = sandbox.demo.organization;
    const cold = await client.get(`/api/organizations/${travel}/overview`).set('cache-control', 'no-cache').expect(200);
    expect(running.upstreamCalls().toSorted()).toEqual([
      `GET /api/organization-roles?page=1&page_size=100`,
      `GET /api/organizations/${travel}`,
      ...[1, 2, 3].map((page) => `GET /api/organizations/${travel}/users?page=${page}&page_size=100`),
    ]);
    expect(cold.body.members).toHaveLength(250);

    sandbox.forget();
    const warm = await client.get(`/api/organizations/${travel}/overview`).expect(200);
    expect(running.upstreamCalls()).toEqual([]);
    expect(warm.headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
    expect(warm.body.members).toEqual(cold.body.members);
  });

  it('returns the organization, all members with their roles, and all roles with scopes and counts', async () => {
    const { body, headers } = await client.get(path).expect(200);
    expect(Object.keys(body)).toEqual(['organization', 'members', 'roles', 'meta']);
    expect(body.organization).toEqual((await running.tokens.api('GET', `/api/organizations/${organization}`)).json);
    const held = body.members.map((member: { id: string; organizationRoles: { id: string }[] }) => [
      member.id,
      member.organizationRoles.map(({ id }) => id).toSorted(),
    ]);
    expect(held).toEqual([
      [users.owner, [roles.owner, roles.member].toSorted()],
      [users.guest, [roles.member]],
      [users.outsider, []],
    ]);
    expect(Object.keys(body.members[0])).toEqual([
      'id',
      'username',
      'name',
      'avatar',
      'primaryEmail',
      'primaryPhone',
      'organizationRoles',
    ]);
    const counts = body.roles.map(({ id, memberCount }: { id: string; memberCount: number }) => [id, memberCount]);
    expect(Object.fromEntries(counts)).toEqual({
      [roles.owner]: 1,
      [roles.member]: 2,
      [roles.guest]: 0,
      [roles.admin]: 0,
      [roles.robot]: 0,
    });
    const member = body.roles.find(({ id }: { id: string }) => id === roles.member);
    expect(member).toMatchObject({ name: 'member', type: 'User', description: expect.any(String) });
    expect(member.scopes.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'read:members',
      'read:organizations',
    ]);
    expect(Object.keys(member.scopes[0])).toEqual(['id', 'name']);
    expect(body.meta).toMatchObject({
      complete: true,
      consistent: true,
      memberTotal: 3,
      sections: {
        organization: { status: 'ok', source: 'upstream' },
        members: { status: 'ok', source: 'upstream' },
        roles: { status: 'ok' },
      },
    });
    expect(headers['x-aggregate-complete']).toBe('true');
  });

  it('shares cached parts with the routes for single parts', async () => {
    await client.get(path).expect(200);
    running.sandbox.forget();
    await client.get(`/api/organizations/${organization}`).expect(200);
    await client.get(`/api/organizations/${organization}/users?page_size=100`).expect(200);
    await catalogueStillFresh();
    expect(running.upstreamCalls()).toEqual([]);
  });

  it('has the source and age of each part', async () => {
    await client.get(`/api/organizations/${organization}`).expect(200);
    const { body, headers } = await client.get(path).expect(200);
    expect(body.meta.sections).toMatchObject({
      organization: { source: 'cache', ageMs: expect.any(Number) },
      members: { source: 'upstream', ageMs: 0 },
    });
    expect(headers['cache-status']).toMatch(/^org-gateway; fwd=uri-miss; stored/);
  });

  it.each([
    ['members', ['organization', 'members', 'meta'], ['organization', 'members'], 0],
    ['roles', ['organization', 'roles', 'meta'], ['organization', 'members', 'roles'], 1],
    ['members,roles', ['organization', 'members', 'roles', 'meta'], ['organization', 'members', 'roles'], 1],
    ['roles,members', ['organization', 'members', 'roles', 'meta'], ['organization', 'members', 'roles'], 1],
  ])('returns the parts selected with include=%s', async (include, parts, sections, catalogueCalls) => {
    const { body } = await uncached(`?include=${include}`).expect(200);
    expect(Object.keys(body)).toEqual(parts);
    expect(Object.keys(body.meta.sections)).toEqual(sections);
    expect(running.upstreamCalls().filter((call) => call.includes('organization-roles'))).toHaveLength(catalogueCalls);
  });

  it('returns the selected member fields in their order', async () => {
    const { body } = await client.get(`${path}?memberFields=name,id,isSuspended`).expect(200);
    expect(body.members.map(Object.keys)).toEqual(Array.from({ length: 3 }, () => ['name', 'id', 'isSuspended']));
  });

  it('limits the list with memberLimit, but not the total and the counts', async () => {
    const { body } = await client.get(`${path}?memberLimit=1`).expect(200);
    expect(body.members).toHaveLength(1);
    expect(body.meta).toMatchObject({ complete: true, memberTotal: 3 });
    expect(body.roles.find(({ id }: { id: string }) => id === roles.member).memberCount).toBe(2);
  });

  it('reads no more pages than the limit needs if nothing is counted', async () => {
    await client
      .get(`/api/organizations/${running.sandbox.demo.organization}/overview?include=members&memberLimit=101`)
      .set('cache-control', 'no-cache')
      .expect(200);
    expect(running.upstreamCalls().filter((call) => call.includes('/users'))).toHaveLength(2);
  });

  it.each([
    ['include=secrets', '/include', '"secrets"'],
    ['include=members,secrets', '/include', '"secrets"'],
    ['include=', '/include', '""'],
    ['include=members&include=roles', '/include', ''],
    ['include=Members', '/include', '"Members"'],
    ['memberFields=id,passwordEncrypted', '/memberFields', '"passwordEncrypted"'],
    ['memberFields=constructor', '/memberFields', '"constructor"'],
    ['memberFields=', '/memberFields', '""'],
    ...['0', '-1', 'abc', '1.5', '', '1e3', '0x10'].map((value) => [`memberLimit=${value}`, '/memberLimit', '']),
    ['strict=yes', '/strict', 'true or false'],
    ['strict=', '/strict', 'true or false'],
  ])('refuses ?%s', async (query, pointer, named) => {
    const { body } = await client.get(`${path}?${query}`).expect(400);
    expect(body).toMatchObject({ code: 'guard.invalid_input', errors: [{ in: 'query', pointer }] });
    expect(body.errors[0].detail).toContain(named);
    expect(running.upstreamCalls()).toEqual([]);
  });

  it('reports all faults of path and query at once', async () => {
    const { body } = await client
      .get('/api/organizations/a.b/overview?include=x&memberFields=y&memberLimit=0&strict=z')
      .expect(400);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/id',
      '/include',
      '/memberFields',
      '/memberLimit',
      '/strict',
    ]);
  });

  it('is 404 for an unknown organization', async () => {
    const { body } = await client.get('/api/organizations/nosuchorg000/overview').expect(404);
    expect(body.code).toBe('entity.not_exists_with_id');
  });

  it('fails if the organization cannot be read', async () => {
    running.sandbox.faults.add({
      path: new RegExp(`/organizations/${organization}$`),
      status: 500,
      body: 'Internal Server Error',
    });
    expect((await client.get(path).expect(502)).body.code).toBe('upstream.error');
  });

  describe('with unreadable members', () => {
    it.each([
      ['a failure', { status: 500, body: 'Internal Server Error' }, 'upstream.error', 502],
      ['garbled JSON', { garble: true as const }, 'upstream.invalid_response', 502],
      [
        'a web page',
        { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
        'upstream.invalid_response',
        502,
      ],
      ['a truncated body', { cut: 10 }, 'upstream.error', 502],
      ['no response', { hang: true as const }, 'upstream.timeout', 504],
      ['too many requests', { status: 429, headers: { 'retry-after': '9' } }, 'upstream.budget', 503],
    ])('returns the other parts and is incomplete: %s', async (_what, fault, code, status) => {
      running.sandbox.faults.add({ path: membersPath(), ...fault });
      const { body, headers } = await client.get(path).expect(200);
      expect(Object.keys(body)).toEqual(['organization', 'roles', 'meta']);
      expect(body.meta).toMatchObject({
        complete: false,
        memberTotal: null,
        sections: { organization: { status: 'ok' }, members: { status: 'failed', code }, roles: { status: 'ok' } },
      });
      expect(new Set(body.roles.map(({ memberCount }: { memberCount: unknown }) => memberCount))).toEqual(
        new Set([null]),
      );
      expect(headers).toMatchObject({ 'x-aggregate-complete': 'false', 'cache-control': 'no-store' });
      expect(headers).not.toHaveProperty('etag');

      // Nothing of it is stored: once Logto has recovered the response is complete, and `If-None-Match: *` does not give a 304.
      await client.get(path).set('if-none-match', '*').expect(200);
      const strict = await client.get(`${path}?strict=true`).expect(status);
      expect(strict.body.code).toBe(code);
      running.sandbox.faults.clear();
      expect((await client.get(path).expect(200)).body.meta.complete).toBe(true);
    });

    it('is incomplete if one page of them is missing', async () => {
      const travel = running.sandbox.demo.organization;
      running.sandbox.faults.add({ path: new RegExp(`${travel}/users\\?page=3`), status: 503 });
      const { body } = await client
        .get(`/api/organizations/${travel}/overview`)
        .set('cache-control', 'no-cache')
        .expect(200);
      expect(body).not.toHaveProperty('members');
      expect(body.meta).toMatchObject({
        complete: false,
        sections: { members: { status: 'failed', code: 'upstream.error' } },
      });
    });
  });

  it('returns members without the catalogue if that cannot be read', async () => {
    running.sandbox.faults.add({ path: /organization-roles/, status: 500 });
    const { body, headers } = await uncached().expect(200);
    expect(Object.keys(body)).toEqual(['organization', 'members', 'meta']);
    expect(body.members).toHaveLength(3);
    expect(body.meta).toMatchObject({
      complete: false,
      sections: { members: { status: 'ok' }, roles: { status: 'failed', code: 'upstream.error' } },
    });
    expect(headers['cache-control']).toBe('no-store');
    expect((await uncached('?strict=true').expect(502)).body.code).toBe('upstream.error');
  });

  it('is complete if only an unselected part cannot be read', async () => {
    running.sandbox.faults.add({ path: /organization-roles/, status: 500 });
    expect((await uncached('?include=members&strict=true').expect(200)).body.meta.complete).toBe(true);
  });

  describe('with members that change in between', () => {
    const travelPage = (page: number) => new RegExp(`fernweh00000/users\\?page=${page}&`);
    const pageOf = (total: number) => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'total-number': String(total) },
      body: '[]',
    });
    const read = () =>
      client.get('/api/organizations/fernweh00000/overview').set('cache-control', 'no-cache').expect(200);

    it('reads the list once more, and returns that', async () => {
      running.sandbox.faults.add({ path: travelPage(2), times: 1, ...pageOf(249) });
      const { body } = await read();
      expect(running.upstreamCalls().filter((call) => call.includes('/users?'))).toHaveLength(6);
      expect(body.members).toHaveLength(250);
      expect(body.meta).toMatchObject({ complete: true, consistent: true, memberTotal: 250 });
    });

    it('is inconsistent if they change again', async () => {
      running.sandbox.faults.add({ path: travelPage(2), times: 2, ...pageOf(249) });
      const { body } = await read();
      expect(running.upstreamCalls().filter((call) => call.includes('/users?'))).toHaveLength(6);
      expect(body.meta).toMatchObject({ consistent: false, memberTotal: 250 });
    });
  });

  it('has the same ETag while nothing changes, whatever the age of the response', async () => {
    const first = await client.get(path).expect(200);
    expect(first.headers['etag']).toMatch(/^"[\w-]+"$/);
    let later = first;
    await until('the response is older', async () => {
      later = await client.get(path).expect(200);
      return later.body.meta.sections.organization.ageMs > first.body.meta.sections.organization.ageMs;
    });
    expect(later.headers['etag']).toBe(first.headers['etag']);
    await client
      .get(path)
      .set('if-none-match', first.headers['etag'] ?? '')
      .expect(304);
    expect((await client.get(`${path}?memberLimit=1`).expect(200)).headers['etag']).not.toBe(first.headers['etag']);
    expect((await client.get(`${path}?memberFields=id`).expect(200)).headers['etag']).not.toBe(first.headers['etag']);
    await client
      .put(`/api/organizations/${organization}/users/${users.guest}/roles`)
      .send({ organizationRoleIds: [] })
      .expect(204);
    const changed = await client
      .get(path)
      .set('if-none-match', first.headers['etag'] ?? '')
      .expect(200);
    expect(changed.headers['etag']).not.toBe(first.headers['etag']);
  });

  it('returns only the public profile to organization tokens, whatever they select', async () => {
    const member = await running.as(running.tokens.organization(organization, users.owner));
    const { body } = await member.get(path).expect(200);
    expect(Object.keys(body.members[0])).toEqual([
      'id',
      'username',
      'name',
      'avatar',
      'primaryEmail',
      'primaryPhone',
      'organizationRoles',
    ]);
    const refused = await member.get(`${path}?memberFields=id,customData,identities`).expect(400);
    expect(refused.body.errors).toMatchObject([
      { pointer: '/memberFields', detail: expect.stringMatching(/customData, identities/) },
    ]);
    await member.get(`${path}?memberFields=id,primaryEmail`).expect(200);
  });

  it('requires all three permissions', async () => {
    for (const missing of ['read:organizations', 'read:members', 'read:roles']) {
      const scope = ['read:organizations', 'read:members', 'read:roles'].filter((name) => name !== missing).join(' ');
      const { body } = await (await running.as(running.tokens.service(scope))).get(path).expect(403);
      expect(body.detail).toContain(missing);
    }
  });

  it.each([0, 1, 100, 101])('counts %i members', async (size) => {
    const id = await freshOrganization(running);
    running.sandbox.populate(id, size);
    const { body } = await client.get(`/api/organizations/${id}/overview`).expect(200);
    expect(body.members).toHaveLength(size);
    expect(body.meta).toMatchObject({ complete: true, memberTotal: size });
    expect(running.upstreamCalls().filter((call) => call.includes('/users'))).toHaveLength(
      Math.max(1, Math.ceil(size / 100)),
    );
  });
});

describe('an organization with more members than an overview can contain', () => {
  let running: Running;
  let client: Client;
  beforeAll(async () => {
    running = await startGateway({ OVERVIEW_MAX_MEMBERS: '120' });
    client = await running.as();
  });
  afterAll(() => running.close());
  const path = '/api/organizations/fernweh00000/overview';

  it('has a truncated overview with a link to the export, which must not be stored', async () => {
    const { body, headers } = await client.get(path).expect(200);
    expect(body.members).toHaveLength(120);
    expect(body.meta).toMatchObject({
      complete: false,
      memberTotal: 250,
      sections: {
        members: {
          status: 'truncated',
          code: 'overview.too_many_members',
          link: '/api/organizations/fernweh00000/users/export',
        },
      },
    });
    expect(new Set(body.roles.map(({ memberCount }: { memberCount: unknown }) => memberCount))).toEqual(
      new Set([null]),
    );
    expect(headers).toMatchObject({ 'x-aggregate-complete': 'false', 'cache-control': 'no-store' });
    expect(running.upstreamCalls().filter((call) => call.includes('/users'))).toHaveLength(2);
  });

  it('is 422 with strict=true', async () => {
    expect((await client.get(`${path}?strict=true`).expect(422)).body.code).toBe('overview.too_many_members');
  });

  it('has a complete overview if fewer members are requested', async () => {
    const { body } = await client.get(`${path}?include=members&memberLimit=50&strict=true`).expect(200);
    expect(body.members).toHaveLength(50);
    expect(body.meta).toMatchObject({ complete: true, memberTotal: 250 });
  });
});
