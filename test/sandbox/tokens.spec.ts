import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { type Client, send, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());

const audience = 'https://gateway.example.test';
const credentials = { grant_type: 'client_credentials' };

describe('a token for a machine', () => {
  it('can be verified with the key set, and has the claims of Logto’s access tokens', async () => {
    const { sandbox, token } = client;
    const answer = await token(sandbox.demo.clients.reader, {
      ...credentials,
      resource: audience,
      scope: 'read:members manage:members',
    });
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'read:members',
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
    const keys = createRemoteJWKSet(new URL(`${sandbox.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(answer.body.access_token, keys, {
      issuer: sandbox.issuer,
      audience,
      typ: 'at+jwt',
    });
    expect(protectedHeader).toEqual({ alg: 'ES384', typ: 'at+jwt', kid: expect.any(String) });
    const { id } = sandbox.demo.clients.reader;
    expect(payload).toMatchObject({ sub: id, client_id: id, scope: 'read:members', aud: audience });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
  });

  it('has no scope claim when no requested scope is granted', async () => {
    const { body } = await client.token(client.sandbox.demo.clients.reader, { ...credentials, resource: audience });
    expect(body).not.toHaveProperty('scope');
    expect(decodeJwt(body.access_token)).not.toHaveProperty('scope');
  });

  it('of an organization has the scopes of its roles there', async () => {
    const { demo } = client.sandbox;
    const { body } = await client.token(demo.clients.service, {
      ...credentials,
      organization_id: demo.organization,
      scope: 'read:members delete:organizations',
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      aud: `urn:logto:organization:${demo.organization}`,
      scope: 'read:members',
    });
    expect(decodeJwt(body.access_token)).not.toHaveProperty('organization_id');
  });

  it('has the lifetime of the resource', async () => {
    const resource = (await client.api('GET', '/resources')).find(
      (row: { indicator: string }) => row.indicator === audience,
    );
    await client.api('PATCH', `/resources/${resource.id}`, { accessTokenTtl: 7 });
    const { body } = await client.token(client.sandbox.demo.clients.service, { ...credentials, resource: audience });
    await client.api('PATCH', `/resources/${resource.id}`, { accessTokenTtl: 3600 });
    expect(body.expires_in).toBe(7);
  });
});

describe('a token for a user', () => {
  it('of an organization has the organization scopes', async () => {
    const { demo } = client.sandbox;
    const { body } = await client.actAs(demo.users.member, {
      organization_id: demo.organization,
      scope: 'read:members manage:members',
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: demo.users.member,
      client_id: demo.clients.exchange.id,
      scope: 'read:members',
    });
  });

  it('of an organization for an API names the organization in a claim', async () => {
    const { demo } = client.sandbox;
    const { body } = await client.actAs(demo.users.owner, {
      organization_id: demo.organization,
      resource: audience,
      scope: 'manage:roles',
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      aud: audience,
      organization_id: demo.organization,
      scope: 'manage:roles',
    });
  });

  it('for the API alone has the scopes of the roles in all organizations', async () => {
    const { body } = await client.actAs(client.sandbox.demo.users.owner, {
      resource: audience,
      scope: 'delete:organizations all',
    });
    expect(decodeJwt(body.access_token)).toMatchObject({ scope: 'delete:organizations' });
    expect(decodeJwt(body.access_token)).not.toHaveProperty('organization_id');
  });

  it('without resource and organization is opaque', async () => {
    const { body } = await client.actAs(client.sandbox.demo.users.owner, {});
    expect(body.access_token).toHaveLength(43);
    expect(() => decodeProtectedHeader(body.access_token)).toThrow('Invalid Token');
  });

  it('is issued once for a subject token', async () => {
    const { sandbox, token } = client;
    const { subjectToken } = await client.api('POST', '/subject-tokens', { userId: sandbox.demo.users.owner });
    const exchange = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: audience,
    };
    expect((await token(sandbox.demo.clients.exchange, exchange)).status).toBe(200);
    expect((await token(sandbox.demo.clients.exchange, exchange)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['not a member', 'outsider', 403, 'user is not a member of the organization'],
    ['suspended', 'suspended', 400, 'grant request is invalid'],
  ] as const)('is refused to a user who is %s', async (_, who, status, description) => {
    const { demo } = client.sandbox;
    const answer = await client.actAs(demo.users[who], { organization_id: demo.organization });
    expect([answer.status, answer.body.error_description]).toEqual([status, description]);
  });
});

describe('the token endpoint refuses', () => {
  const gateway = { id: 'sandbox-gateway', secret: 'sandbox-gateway-secret' };
  const management = 'https://default.logto.app/api';
  const exchange = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: 'sub_x' };
  const form = { ...credentials, resource: management, scope: 'all' };
  it.each([
    ['a wrong secret', { ...gateway, secret: 'no' }, form, 401, 'invalid_client', 'client authentication failed'],
    ['an unknown client', { id: 'nobody', secret: 'x' }, form, 400, 'invalid_client', 'invalid client nobody'],
    [
      'a form without a grant',
      gateway,
      { resource: management },
      400,
      'invalid_request',
      "missing required parameter 'grant_type'",
    ],
    [
      'an unknown grant',
      gateway,
      { grant_type: 'magic' },
      400,
      'unsupported_grant_type',
      'unsupported grant_type requested',
    ],
    [
      'a grant for other types of applications',
      gateway,
      { grant_type: 'authorization_code' },
      400,
      'invalid_request',
      'requested grant type is not allowed for this client',
    ],
    [
      'a token exchange that is not allowed',
      gateway,
      exchange,
      400,
      'invalid_request',
      'requested grant type is not allowed for this client',
    ],
    [
      'an unknown resource',
      gateway,
      { ...form, resource: `${management}/` },
      400,
      'invalid_target',
      'resource indicator is missing, or unknown',
    ],
    [
      'a resource that is not a URI',
      gateway,
      { ...form, resource: 'api' },
      400,
      'invalid_target',
      'resource indicator must be an absolute URI',
    ],
    [
      'neither resource nor organization',
      gateway,
      credentials,
      400,
      'invalid_target',
      'both `resource` and `organization_id` are not provided',
    ],
    [
      'a foreign organization',
      gateway,
      { ...credentials, organization_id: 'x' },
      403,
      'access_denied',
      'app has not associated with the organization',
    ],
  ])('%s', async (_, who, fields, status, error, description) => {
    const answer = await client.token(who, fields as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      code: `oidc.${error}`,
      message: expect.any(String),
      error,
      error_description: description,
    });
  });

  it('an unknown subject token', async () => {
    const type = 'urn:ietf:params:oauth:token-type:access_token';
    const answer = await client.token(client.sandbox.demo.clients.exchange, { ...exchange, subject_token_type: type });
    expect(answer.body.error_description).toBe('subject token not found');
  });

  it('an expired secret', async () => {
    const application = await client.api('POST', '/applications', { name: 'short-lived', type: 'MachineToMachine' });
    const secret = await client.api('POST', `/applications/${application.id}/secrets`, {
      name: 'old',
      expiresAt: Date.now() - 1,
    });
    const answer = await client.token({ id: application.id, secret: secret.value }, form);
    expect([answer.status, answer.body.error_description]).toEqual([400, 'client secret has expired']);
  });

  const post = (raw: string, headers: Record<string, string> = {}, query = '') =>
    send(client.sandbox.url, 'POST', `/oidc/token${query}`, {
      raw,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });

  it('a request without a client, with two resources, or with incomplete Basic credentials', async () => {
    expect((await post('grant_type=client_credentials')).body.error_description).toBe(
      'no client authentication mechanism provided',
    );
    const own = 'client_id=sandbox-gateway&client_secret=sandbox-gateway-secret';
    const twice = await post(`${own}&grant_type=client_credentials&resource=${management}&resource=${audience}`);
    expect(twice.body.error_description).toBe(
      'only a single resource indicator value is supported for this grant type',
    );
    const half = await post('grant_type=client_credentials', {
      authorization: `Basic ${Buffer.from('half').toString('base64')}`,
    });
    expect(half.status).toBe(400);
  });

  it('with standard OAuth fields only on request, and with a challenge only for Basic', async () => {
    const raw = 'grant_type=client_credentials&client_id=sandbox-gateway&client_secret=no';
    const plain = await post(raw, {}, '?parse_error=false');
    expect(plain.body).toEqual({ error: 'invalid_client', error_description: 'client authentication failed' });
    expect(plain.headers).not.toHaveProperty('www-authenticate');
    const withBasic = await client.token({ ...gateway, secret: 'no' }, form);
    expect(withBasic.headers['www-authenticate']).toBe(
      `Basic realm="${client.sandbox.issuer}", error="invalid_client", error_description="client authentication failed"`,
    );
  });
});

it('accepts client and secret in a form or in JSON', async () => {
  const fields = {
    ...credentials,
    client_id: 'sandbox-gateway',
    client_secret: 'sandbox-gateway-secret',
    resource: 'https://default.logto.app/api',
    scope: 'all',
  };
  const raw = new URLSearchParams(fields).toString();
  const form = await send(client.sandbox.url, 'POST', '/oidc/token', {
    raw,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const json = await send(client.sandbox.url, 'POST', '/oidc/token', { json: fields });
  expect([form.body.scope, json.body.scope]).toEqual(['all', 'all']);
});

describe('around the token endpoint', () => {
  it('discovery lists the endpoints', async () => {
    const { url, issuer } = client.sandbox;
    const { body } = await send(url, 'GET', '/oidc/.well-known/openid-configuration');
    expect(body).toMatchObject({ issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` });
  });

  it.each(['/oidc/token', '/oidc/jwks', '/oidc/.well-known/openid-configuration'])(
    'pages of any origin may call %s',
    async (path) => {
      const headers = {
        origin: 'https://docs.example.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      };
      const answer = await send(client.sandbox.url, 'OPTIONS', path, { headers });
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
      });
    },
  );

  it.each([
    ['GET', '/oidc/token', 404, 'invalid_request'],
    ['POST', '/oidc/token/introspection', 400, 'unsupported_token_type'],
    ['POST', '/oidc/token/revocation', 400, 'unsupported_token_type'],
    ['GET', '/oidc/me', 401, 'invalid_token'],
  ])('%s %s answers %i', async (method, path, status, error) => {
    const answer = await send(client.sandbox.url, method, path);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });
});
