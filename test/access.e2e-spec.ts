import { operationsOf } from '../src/openapi/parameters.js';
import { type Running, startGateway } from './support/start-gateway.js';

/** Who may call a route; see src/access/permissions.ts. `body`: the member's organization is in the body, not in the path. */
type Who = 'anyone' | 'users' | 'services' | 'members' | 'body';

interface Row {
  readonly route: string;
  readonly who: Who;
  readonly permissions: readonly string[];
  readonly success: number;
  readonly query?: string;
  /** The request body; placeholders such as `{org}` and `{member}` are replaced. */
  readonly body?: unknown;
}

const row = (route: string, who: Who, permissions: string, success: number, body?: unknown): Row => ({
  route,
  who,
  permissions: permissions.split(' ').filter(Boolean),
  success,
  body,
});

const MEMBER = '/api/organizations/{id}/users/{userId}';

/** All routes, and who may call them. A new route needs a row here. */
const ROWS: readonly Row[] = [
  row('GET /api/organizations', 'services', 'read:organizations', 200),
  row('POST /api/organizations', 'services', 'create:organizations', 201, { name: 'Made by a test' }),
  row('GET /api/organizations/{id}', 'members', 'read:organizations', 200),
  row('PATCH /api/organizations/{id}', 'members', 'update:organizations', 200, { description: 'Changed by a test' }),
  row('DELETE /api/organizations/{id}', 'members', 'delete:organizations', 204),
  row('GET /api/organizations/{id}/users', 'members', 'read:members', 200),
  row('POST /api/organizations/{id}/users', 'members', 'manage:members', 201, { userIds: ['{outsider}'] }),
  row('PUT /api/organizations/{id}/users', 'members', 'manage:members', 204, { userIds: ['{owner}', '{userId}'] }),
  row(`DELETE ${MEMBER}`, 'members', 'manage:members', 204),
  row(`GET ${MEMBER}`, 'members', 'read:members', 200),
  row('GET /api/organizations/{id}/users/export', 'members', 'read:members', 200),
  row('POST /api/organizations/{id}/members', 'members', 'manage:members', 201, {
    members: [{ userId: '{outsider}' }],
  }),
  row('POST /api/organizations/{id}/users/roles', 'members', 'manage:roles', 201, {
    userIds: ['{userId}'],
    organizationRoleIds: ['{guestRole}'],
  }),
  row(`GET ${MEMBER}/roles`, 'members', 'read:members', 200),
  row(`POST ${MEMBER}/roles`, 'members', 'manage:roles', 201, { organizationRoleNames: ['guest'] }),
  row(`PUT ${MEMBER}/roles`, 'members', 'manage:roles', 204, { organizationRoleIds: [] }),
  row(`DELETE ${MEMBER}/roles/{roleId}`, 'members', 'manage:roles', 204),
  row(`GET ${MEMBER}/scopes`, 'members', 'read:members', 200),
  row('GET /api/organizations/{id}/overview', 'members', 'read:organizations read:members read:roles', 200),
  row('GET /api/organizations/{id}/permissions', 'members', 'read:members read:roles', 200),
  row('POST /api/organizations/overviews', 'body', 'read:organizations read:members read:roles', 200, {
    ids: ['{id}'],
  }),
  row('GET /api/organization-roles', 'body', 'read:roles', 200),
  row('GET /api/organization-scopes', 'body', 'read:roles', 200),
  row('GET /api/me/organizations', 'users', '', 200),
  row('GET /api/me/organizations/{id}', 'users', '', 200),
  { ...row('DELETE /internal/cache', 'services', 'all', 204), query: '?tag=catalogue' },
  row('GET /health/live', 'anyone', '', 200),
  row('GET /health/ready', 'anyone', '', 200),
];
const GUARDED = ROWS.filter(({ who }) => who !== 'anyone');

const ALL =
  'read:organizations create:organizations update:organizations delete:organizations read:members manage:members read:roles manage:roles';

interface Outcome {
  readonly status: number;
  readonly code?: string;
}
const FORBIDDEN: Outcome = { status: 403, code: 'auth.forbidden' };
const MISMATCH: Outcome = { status: 403, code: 'auth.organization_mismatch' };

describe('every route', () => {
  let running: Running;
  /** Another organization, in which its owner has all permissions. */
  let elsewhere: string;
  let untouched: Values | undefined;
  const owner = 'ada000000000';
  const otherOwner = 'bruno0000000';
  const guest = 'greta0000000';

  beforeAll(async () => {
    running = await startGateway();
    elsewhere = await organization({ [otherOwner]: 'owner' });
  });
  afterAll(() => running.close());

  async function organization(members: Readonly<Record<string, string>>): Promise<string> {
    const { api } = running.tokens;
    const call = api.bind(running.tokens);
    const { json } = await call('POST', '/api/organizations', { name: 'Of the access matrix' });
    const { id } = json as { id: string };
    await call('POST', `/api/organizations/${id}/users`, { userIds: Object.keys(members) });
    for (const [userId, role] of Object.entries(members)) {
      await call('PUT', `/api/organizations/${id}/users/${userId}/roles`, { organizationRoleNames: [role] });
    }
    return id;
  }

  /** A new organization for each request that may change something. */
  async function arrange() {
    const { demo } = running.sandbox;
    const id = await organization({ [owner]: 'owner', [guest]: 'guest', [demo.users.member]: 'member' });
    return {
      id,
      userId: demo.users.member,
      roleId: demo.roles.member,
      owner,
      outsider: 'ximena000000',
      guestRole: demo.roles.guest,
    };
  }

  const fill = (text: string, values: Readonly<Record<string, string>>): string =>
    text.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`nothing to put in for {${name}}`);
      return value;
    });

  async function send({ route, query = '', body }: Row, values: Readonly<Record<string, string>>, token?: string) {
    const [method = '', path = ''] = route.split(' ');
    const request = running.anonymous();
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const call = request[verb](fill(path, values) + query);
    if (token !== undefined) call.set('authorization', `Bearer ${token}`);
    running.sandbox.forget();
    return body === undefined ? call : call.send(JSON.parse(fill(JSON.stringify(body), values)) as object);
  }

  async function mustAnswer(row: Row, token: string | undefined, { status, code }: Outcome, values?: Values) {
    // Requests that are denied can share one organization.
    const place = values ?? (status < 400 ? await arrange() : (untouched ??= await arrange()));
    const answer = await send(row, place, token);
    expect([answer.status, code && (answer.body as { code?: string }).code]).toEqual([status, code]);
    if (status !== 401 && status !== 403) return;
    // A denial because of the token causes no call to Logto, in particular no write.
    expect(running.upstreamCalls()).toEqual([]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="[a-z_]+", error_description="[^"]+"/);
  }
  type Values = Awaited<ReturnType<typeof arrange>>;

  it('has a row in this table', () => {
    const routes = operationsOf(running.gateway.document).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(ROWS.map(({ route }) => route).toSorted()).toEqual(routes.toSorted());
  });

  it('is documented with its permissions', () => {
    const documented = operationsOf(running.gateway.document).map(({ method, path, operation }) => [
      `${method.toUpperCase()} ${path}`,
      operation.security?.find((scheme) => 'oauth2' in scheme)?.['oauth2'] ?? [],
    ]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(ROWS.map(({ route, permissions }) => [route, permissions])),
    );
  });

  it.each(ROWS.filter(({ who }) => who === 'anyone'))('$route is public', async (row) => {
    await mustAnswer(row, undefined, { status: row.success });
  });

  describe.each(GUARDED)('$route', (row) => {
    const { who, permissions, success } = row;
    const reads = permissions.every((name) => name.startsWith('read:'));
    const forMembers = who === 'members' || who === 'body';

    it('denies a request without a token', async () => {
      await mustAnswer(row, undefined, { status: 401, code: 'auth.authorization_header_missing' });
    });

    it('denies a token for another audience', async () => {
      await mustAnswer(row, await running.tokens.management(), { status: 401, code: 'auth.unauthorized' });
    });

    it('denies a service without permissions', async () => {
      await mustAnswer(row, await running.tokens.nothing(), FORBIDDEN);
    });

    if (permissions.length > 0) {
      it.each(permissions)('denies a service with all permissions but %s', async (permission) => {
        const scope = ALL.split(' ').filter((name) => name !== permission);
        await mustAnswer(row, await running.tokens.service(scope.join(' ')), FORBIDDEN);
      });
    }

    if (who === 'users') {
      it('denies a service, whatever its permissions', async () => {
        await mustAnswer(row, await running.tokens.service(), FORBIDDEN);
      });
      it.each(['organization', 'organizationApi'] as const)('denies a token of the kind %s', async (kind) => {
        const values = (untouched ??= await arrange());
        await mustAnswer(row, await running.tokens[kind](values.id, owner), FORBIDDEN, values);
      });
      it('permits a user', async () => {
        await mustAnswer(row, await running.tokens.user(owner), { status: success });
      });
      return;
    }

    it(`${reads ? 'permits' : 'denies'} a service that may only read`, async () => {
      await mustAnswer(row, await running.tokens.reader(), reads ? { status: success } : FORBIDDEN);
    });

    it.each([permissions.join(' '), 'all'])('permits a service with %s only', async (scope) => {
      await mustAnswer(row, await running.tokens.service(scope), { status: success });
    });

    it('denies a user, even with all scopes', async () => {
      const token = await running.tokens.user(owner, ALL);
      expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
        scope: expect.stringContaining('delete:organizations') as string,
      });
      await mustAnswer(row, token, FORBIDDEN);
    });

    it('denies a member of the organization without the permission', async () => {
      const values = (untouched ??= await arrange());
      await mustAnswer(row, await running.tokens.organization(values.id, guest), FORBIDDEN, values);
      await mustAnswer(row, await running.tokens.organizationApi(values.id, guest), FORBIDDEN, values);
    });

    it.each(['organization', 'organizationApi'] as const)(
      `${who === 'body' ? 'admits' : 'refuses'} the owner of another organization (%s)`,
      async (kind) => {
        const outcome = who === 'services' ? FORBIDDEN : who === 'members' ? MISMATCH : { status: success };
        await mustAnswer(row, await running.tokens[kind](elsewhere, otherOwner), outcome);
      },
    );

    it.each(['organization', 'organizationApi'] as const)(
      `${forMembers ? 'admits' : 'refuses'} a member with exactly the permission (%s)`,
      async (kind) => {
        const values = await arrange();
        const token = await running.tokens[kind](values.id, owner, permissions.join(' '));
        await mustAnswer(row, token, forMembers ? { status: success } : FORBIDDEN, values);
      },
    );
  });

  describe('POST /api/organizations/overviews', () => {
    it('returns only the own organization to a member', async () => {
      const client = await running.as(running.tokens.organization(elsewhere, otherOwner));
      const { id } = await arrange();
      const { body } = await client.post('/api/organizations/overviews').send({ ids: [id, elsewhere, 'nosuchorg000'] });
      expect((body as { results: unknown[] }).results).toMatchObject([
        { id, status: 403, problem: { code: 'auth.organization_mismatch' } },
        { id: elsewhere, status: 200, overview: { organization: { id: elsewhere } } },
        { id: 'nosuchorg000', status: 403, problem: { code: 'auth.organization_mismatch' } },
      ]);
    });
  });

  describe('POST /api/organizations/{id}/members', () => {
    const members = [{ userId: 'ximena000000', organizationRoleNames: ['guest'] }];

    it('also requires manage:roles if roles are assigned', async () => {
      const { id } = await arrange();
      const { tokens } = running;
      const scope = 'manage:members';
      for (const token of [await tokens.service(scope), await tokens.organization(id, owner, scope)]) {
        const client = await running.as(token);
        running.sandbox.forget();
        const { status, body } = await client.post(`/api/organizations/${id}/members`).send({ members });
        expect([status, (body as { code: string }).code]).toEqual([403, 'auth.forbidden']);
        expect(running.upstreamCalls().filter((call) => !call.startsWith('GET '))).toEqual([]);
      }
      const client = await running.as(running.tokens.organization(id, owner, 'manage:members manage:roles'));
      await client.post(`/api/organizations/${id}/members`).send({ members }).expect(201);
    });
  });

  it('names the missing permission', async () => {
    const client = await running.as(running.tokens.reader());
    const answer = await client.patch(`/api/organizations/${elsewhere}`).send({ description: 'x' }).expect(403);
    expect((answer.body as { detail: string }).detail).toContain('update:organizations');
    expect(answer.headers['www-authenticate']).toMatch(/error="insufficient_scope".*scope="update:organizations"/);
  });

  it('does not reveal whether another organization exists', async () => {
    const client = await running.as(running.tokens.organization(elsewhere, otherOwner));
    const [other, none] = await Promise.all([
      client.get(`/api/organizations/${running.sandbox.demo.organization}`),
      client.get('/api/organizations/nosuchorg000'),
    ]);
    const comparable = ({ status, body }: typeof other) => ({
      ...(body as object),
      status,
      instance: '',
      requestId: '',
    });
    expect(comparable(none)).toEqual(comparable(other));
    expect(none.status).toBe(403);
  });

  it.each([
    ['the scheme in another case', (token: string) => `bEaReR ${token}`, 200],
    ['more than one space', (token: string) => `Bearer   ${token}`, 200],
    ['another scheme', (token: string) => `Basic ${token}`, 401],
    ['no scheme', (token: string) => token, 401],
    ['a scheme alone', () => 'Bearer ', 401],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`, 401],
  ])('handles an Authorization header with %s', async (_what, header, status) => {
    const authorization = header(await running.tokens.service());
    const answer = await running.anonymous().get(`/api/organizations/${elsewhere}`).set('authorization', authorization);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
  });

  it('does not accept a token in the query', async () => {
    const token = await running.tokens.service();
    await running.anonymous().get(`/api/organizations/${elsewhere}?access_token=${token}`).expect(401);
  });

  it('checks the token before anything else, even without a route', async () => {
    const anonymous = running.anonymous();
    await anonymous.post('/api/organizations').set('content-type', 'application/json').send('{').expect(401);
    await anonymous.get('/api/no-such-thing').expect(401);
    await anonymous.get('/api/organizations/%00').expect(401);
  });
});
