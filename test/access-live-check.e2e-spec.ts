import { type Running, startGateway } from './support/start-gateway.js';

const USER = 'ada000000000';
const realNow = Date.now;

/** The clock of gateway and sandbox: it only moves when a test advances it. */
const clock = { now: realNow(), pass: (ms: number) => (clock.now += ms) };

/** Writes with an organization token are checked against the member's current roles at Logto. */
describe('a write with an organization token', () => {
  let running: Running;
  let id: string;

  beforeAll(async () => {
    Date.now = () => clock.now;
    // Long enough for an answer on a busy machine, short enough to wait for.
    running = await startGateway({ UPSTREAM_TIMEOUT_MS: '2000' });
  });
  afterAll(async () => {
    Date.now = realNow;
    await running.close();
  });
  beforeEach(async () => {
    clock.pass(60_000);
    const { json } = await logto('POST', '/api/organizations', { name: 'Of the live check' });
    ({ id } = json as { id: string });
    await logto('POST', `/api/organizations/${id}/users`, { userIds: [USER] });
    await haveRoles('owner');
  });
  afterEach(() => running.sandbox.faults.clear());

  /** Changes something directly at Logto, like an administrator in Logto's console. */
  const logto = async (method: string, path: string, body?: unknown) => {
    const answer = await running.tokens.api(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
    return answer;
  };
  const haveRoles = (...organizationRoleNames: string[]) =>
    logto('PUT', `/api/organizations/${id}/users/${USER}/roles`, { organizationRoleNames });
  const scopesOf = async (path: string, names: readonly string[]): Promise<string[]> => {
    const { json } = await logto('GET', path);
    return (json as { id: string; name: string }[]).filter(({ name }) => names.includes(name)).map((scope) => scope.id);
  };
  const memberToken = () => running.tokens.organization(id, USER);

  const write = async (token: string, path = `/api/organizations/${id}`) => {
    const client = await running.as(token);
    running.sandbox.forget();
    const answer = await client.patch(path).send({ description: 'Written' });
    const { code, detail } = answer.body as { code?: string; detail?: string };
    return { status: answer.status, code, detail, headers: answer.headers };
  };
  const writes = () => running.upstreamCalls().filter((call) => !call.startsWith('GET '));

  const mustBeRefused = async (token: string) => {
    expect(await write(token)).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect(writes()).toEqual([]);
  };
  const mustBeDone = async (token: string) => {
    expect(await write(token)).toMatchObject({ status: 200 });
    expect(writes()).toEqual([`PATCH /api/organizations/${id}`]);
  };

  it('is permitted while the roles grant the permission', async () => {
    await mustBeDone(await memberToken());
    await mustBeDone(await running.tokens.organizationApi(id, USER));
  });

  it('is denied once the role is removed, although the token is still valid', async () => {
    const token = await memberToken();
    await haveRoles('member');
    await mustBeRefused(token);
    expect(await write(token)).toMatchObject({ detail: expect.stringContaining('update:organizations') as string });
  });

  it('is denied to a former member', async () => {
    const token = await memberToken();
    await logto('DELETE', `/api/organizations/${id}/users/${USER}`);
    await mustBeRefused(token);
  });

  it('is denied in a deleted organization', async () => {
    const token = await memberToken();
    await logto('DELETE', `/api/organizations/${id}`);
    await mustBeRefused(token);
  });

  it('is denied when the role has lost the permission', async () => {
    const scopes = await scopesOf('/api/organization-scopes', ['update:organizations']);
    const { json } = await logto('POST', '/api/organization-roles', { name: 'editor', organizationScopeIds: scopes });
    await haveRoles('editor');
    const token = await memberToken();
    await mustBeDone(token);
    await logto('DELETE', `/api/organization-roles/${(json as { id: string }).id}/scopes/${scopes[0]}`);
    clock.pass(5001);
    await mustBeRefused(token);
  });

  it('is permitted by a role with the permission as a scope of the API', async () => {
    const { json } = await logto('GET', '/api/resources');
    const gateway = (json as { id: string; indicator: string }[]).find(
      ({ indicator }) => indicator === running.sandbox.audience,
    );
    const scopes = await scopesOf(`/api/resources/${gateway?.id}/scopes`, ['update:organizations']);
    await logto('POST', '/api/organization-roles', { name: 'by-resource', resourceScopeIds: scopes });
    await haveRoles('by-resource');
    const token = await running.tokens.organizationApi(id, USER);
    await mustBeDone(token);
    await haveRoles('member');
    clock.pass(5001);
    await mustBeRefused(token);
  });

  it('of a machine is checked with its roles as an application', async () => {
    const { id: client, secret } = running.sandbox.demo.clients.service;
    const scopes = await scopesOf('/api/organization-scopes', ['update:organizations']);
    const role = { name: 'machine-editor', type: 'MachineToMachine', organizationScopeIds: scopes };
    const { json } = await logto('POST', '/api/organization-roles', role);
    const roles = `/api/organizations/${id}/applications/${client}/roles`;
    await logto('POST', `/api/organizations/${id}/applications`, { applicationIds: [client] });
    await logto('POST', roles, { organizationRoleIds: [(json as { id: string }).id] });
    const response = await fetch(`${running.sandbox.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        organization_id: id,
        scope: 'update:organizations',
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };

    await mustBeDone(token);
    expect(running.upstreamCalls()).toContain(`GET ${roles}`);
    await logto('PUT', roles, { organizationRoleIds: [] });
    clock.pass(5001);
    await mustBeRefused(token);
    await logto('DELETE', `/api/organizations/${id}/applications/${client}`);
    clock.pass(5001);
    await mustBeRefused(token);
  });

  it('uses cached roles for at most five seconds', async () => {
    const token = await memberToken();
    await mustBeDone(token);
    await haveRoles('member');
    clock.pass(4999);
    await mustBeDone(token);
    expect(running.upstreamCalls()).toEqual([`PATCH /api/organizations/${id}`]);
    clock.pass(2);
    await mustBeRefused(token);
  });

  it('sees changes made through the gateway at once', async () => {
    const token = await memberToken();
    await mustBeDone(token);
    const service = await running.as();
    const roles = `/api/organizations/${id}/users/${USER}/roles`;
    await service
      .put(roles)
      .send({ organizationRoleNames: ['member'] })
      .expect(204);
    await mustBeRefused(token);
    await service
      .put(roles)
      .send({ organizationRoleNames: ['owner'] })
      .expect(204);
    await mustBeDone(token);
    await service.delete(`/api/organizations/${id}/users/${USER}`).expect(204);
    await mustBeRefused(token);
  });

  it('does not use roles that were cached longer for reads', async () => {
    const token = await memberToken();
    const reader = await running.as();
    await reader.get(`/api/organizations/${id}/users/${USER}/roles`).expect(200);
    await reader.get(`/api/organizations/${id}/overview`).expect(200);
    await haveRoles('member');
    clock.pass(5001);
    await mustBeRefused(token);
  });

  it.each([
    ['fails', { status: 500 }, 502, 'upstream.error'],
    ['refuses our own token', { status: 403, body: '{"code":"auth.forbidden"}' }, 502, 'upstream.unauthorized'],
    ['sends garbage', { garble: true }, 502, 'upstream.invalid_response'],
    ['breaks the connection', { reset: 'before' }, 502, 'upstream.error'],
    ['takes too long', { hang: true }, 504, 'upstream.timeout'],
  ] as const)('fails with an upstream error when Logto %s during the check', async (_what, fault, status, code) => {
    for (const path of [/\/users\/[^/]+\/roles$/, /^\/api\/organization-roles/]) {
      clock.pass(60_000);
      const token = await memberToken();
      running.sandbox.faults.add({ method: 'GET', path, ...fault });
      expect(await write(token)).toMatchObject({ status, code });
      expect(writes()).toEqual([]);
      running.sandbox.faults.clear();
    }
  });

  it('is checked, while reads are not', async () => {
    const token = await memberToken();
    await haveRoles('guest');
    const client = await running.as(token);
    running.sandbox.forget();
    await client.get(`/api/organizations/${id}`).expect(200);
    await client
      .post('/api/organizations/overviews')
      .send({ ids: [id], include: [] })
      .expect(200);
    expect(running.upstreamCalls().filter((call) => /\/roles$|\/organization-roles/.test(call))).toEqual([]);
  });

  it('is not checked for services, which do not belong to an organization', async () => {
    await mustBeDone(await running.tokens.service());
    expect(running.upstreamCalls()).toEqual([`PATCH /api/organizations/${id}`]);
  });
});
