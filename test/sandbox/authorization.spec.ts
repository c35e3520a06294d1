import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { type Client, send, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());

const get = (authorization?: string, path = '/api/organizations/nobodyyet000', headers: Record<string, string> = {}) =>
  send(client.sandbox.url, 'GET', path, {
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
  });
const unauthorized = { code: 'auth.unauthorized', message: 'Unauthorized. Please check credentials and its scope.' };

it.each([
  ['no token', undefined, { code: 'auth.authorization_header_missing', message: 'Authorization header is missing.' }],
  [
    'Basic',
    'Basic YTpi',
    { code: 'auth.authorization_token_type_not_supported', data: { supportedTypes: ['Bearer'] } },
  ],
  ['bearer in lower case', 'bearer x', { code: 'auth.authorization_token_type_not_supported' }],
  ['Bearer without a token', 'Bearer ', { ...unauthorized, data: { code: 'ERR_JWS_INVALID', name: 'JWSInvalid' } }],
  ['garbage', 'Bearer a.b.c', { ...unauthorized, data: { code: 'ERR_JWS_INVALID', name: 'JWSInvalid' } }],
])('refuses %s with 401', async (_, authorization, body) => {
  const answer = await get(authorization);
  expect(answer.status).toBe(401);
  expect(answer.body).toMatchObject(body);
  expect(answer.headers).not.toHaveProperty('www-authenticate');
});

it('does not read a token from the query', async () => {
  expect((await get(undefined, `/api/organizations?access_token=${client.management}`)).status).toBe(401);
});

it('returns all claims of a token for another audience', async () => {
  const { demo } = client.sandbox;
  const { body } = await client.token(demo.clients.service, {
    grant_type: 'client_credentials',
    resource: 'https://gateway.example.test',
    scope: 'all',
  });
  const answer = await get(`Bearer ${body.access_token}`);
  expect(answer.body.data).toMatchObject({
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    name: 'JWTClaimValidationFailed',
    claim: 'aud',
    reason: 'check_failed',
    payload: { sub: demo.clients.service.id, aud: 'https://gateway.example.test' },
  });
});

it('refuses a cached token once it has expired', async () => {
  const resources: { id: string; indicator: string }[] = await client.api('GET', '/resources');
  const { id } = resources.find(({ indicator }) => indicator === 'https://default.logto.app/api') ?? { id: '' };
  const form = { grant_type: 'client_credentials', resource: 'https://default.logto.app/api', scope: 'all' };
  await client.api('PATCH', `/resources/${id}`, { accessTokenTtl: 1 });
  const { body } = await client.token(client.sandbox.demo.clients.gateway, form);
  await client.api('PATCH', `/resources/${id}`, { accessTokenTtl: 3600 });
  const { exp } = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
  let answer = await get(`Bearer ${body.access_token}`);
  while (Date.now() < exp * 1000) answer = await get(`Bearer ${body.access_token}`);
  answer = await get(`Bearer ${body.access_token}`);
  expect(answer.status).toBe(401);
  expect(answer.body.data).toMatchObject({
    code: 'ERR_JWT_EXPIRED',
    name: 'JWTExpired',
    claim: 'exp',
    payload: { exp },
  });
});

describe('a forged token', () => {
  const claims = () => ({
    iss: client.sandbox.issuer,
    aud: 'https://default.logto.app/api',
    scope: 'all',
    sub: 'x',
    exp: Math.floor(Date.now() / 1000) + 60,
  });
  const kid = () => JSON.parse(Buffer.from(client.management.split('.')[0] ?? '', 'base64url').toString()).kid;

  it.each([
    ['with another key', () => kid(), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['with an unknown key', () => 'unknown', 'ERR_JWKS_NO_MATCHING_KEY'],
  ])('%s is refused', async (_, keyId, code) => {
    const { privateKey } = await generateKeyPair('ES384');
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES384', typ: 'at+jwt', kid: keyId() })
      .sign(privateKey);
    expect((await get(`Bearer ${token}`)).body.data.code).toBe(code);
  });

  it('without a signature is refused', async () => {
    expect((await get(`Bearer ${new UnsecuredJWT(claims()).encode()}`)).status).toBe(401);
  });
});

it('answers 403 to a token without the scope', async () => {
  const form = { grant_type: 'client_credentials', resource: 'https://default.logto.app/api' };
  const { body } = await client.token(client.sandbox.demo.clients.gateway, form);
  const answer = await get(`Bearer ${body.access_token}`);
  expect([answer.status, answer.body]).toEqual([
    403,
    { code: 'auth.forbidden', message: 'Forbidden. Please check your user roles and permissions.' },
  ]);
});

it('checks the route before the token, and the token before the body', async () => {
  const json = { 'content-type': 'application/json' };
  expect((await send(client.sandbox.url, 'POST', '/api/organizations', { raw: '{', headers: json })).status).toBe(401);
  expect((await send(client.sandbox.url, 'GET', '/api/nope')).status).toBe(404);
  expect((await send(client.sandbox.url, 'PUT', '/api/organizations')).status).toBe(405);
  expect((await send(client.sandbox.url, 'GET', '/api/status')).status).toBe(204);
});
