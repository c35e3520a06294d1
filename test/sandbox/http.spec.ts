import { connect } from 'node:net';
import { once } from 'node:events';
import { startSandbox } from '../../src/sandbox/sandbox.js';
import { outlasts } from '../support/outlasts.js';
import { type Client, send, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());
const one = '/api/organizations/studio000000';

it.each([
  ['OPTIONS', '/api/organizations', 200, 'POST, HEAD, GET'],
  ['PUT', '/api/organizations/x', 405, 'HEAD, GET, PATCH, DELETE'],
  ['DELETE', '/api/organizations/x/users', 405, 'HEAD, GET, POST, PUT'],
  ['GET', '/api/organizations/x/users/roles', 405, 'DELETE, POST'],
  ['GET', '/api/organizations/x/users/y', 405, 'DELETE'],
  ['PATCH', '/api/organizations/x/users/y/roles', 405, 'HEAD, GET, POST, PUT'],
  ['TRACE', '/api/organizations/x', 501, 'HEAD, GET, PATCH, DELETE'],
])('%s %s is %i with Allow, even without a token', async (method, path, status, allow) => {
  const answer = await send(client.sandbox.url, method, path);
  expect([answer.status, answer.headers['allow']]).toEqual([status, allow]);
});

it.each(['/api/nope', '/api//organizations', '/api', `${one}/../studio000000`])(
  'GET %s is a plain 404',
  async (path) => {
    expect(await client.call('GET', path)).toMatchObject({ status: 404, text: 'Not Found' });
  },
);

it.each(['/organizations', '/API/organizations', '/'])('GET %s is the sign-in page', async (path) => {
  const answer = await client.call('GET', path);
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
});

it.each([`${one}/`, '/api/Organizations/studio000000', '/api/organizations/%73tudio000000'])(
  'GET %s returns the organization',
  async (path) => {
    expect((await client.call('GET', path)).body.id).toBe('studio000000');
  },
);

it.each([
  ['a%2Fb', 'a/b'],
  ['%zz', '%zz'],
  ['%2e%2e', '..'],
  ["'", "'"],
])('%s in a path is an unknown id', async (segment, id) => {
  const { body } = await client.call('GET', `/api/organizations/${segment}`);
  expect(body).toEqual({
    code: 'entity.not_exists_with_id',
    message: `The organizations with ID \`${id}\` does not exist.`,
  });
});

it('a NUL in a path is a server error', async () => {
  expect(await client.call('GET', '/api/organizations/a%00b')).toMatchObject({
    status: 500,
    body: { message: 'Internal server error.' },
  });
});

it('answers in German on request, with the same code', async () => {
  const answer = await client.call('GET', '/api/organizations/x', { headers: { 'accept-language': 'de-CH,en;q=0.5' } });
  expect(answer.body).toEqual({
    code: 'entity.not_exists_with_id',
    message: 'organizations mit ID `x` existiert nicht.',
  });
});

describe('a read', () => {
  it('has an ETag and a request id, and is 304 when repeated', async () => {
    const first = await client.call('GET', `${one}/users`);
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^"[0-9a-f]+-.{27}"$/);
    expect(first.headers['logto-core-request-id']).toMatch(/^[\w-]{16}$/);
    for (const candidate of [etag, `W/${etag}`, '*', `"other", ${etag}`]) {
      const again = await client.call('GET', `${one}/users`, { headers: { 'if-none-match': candidate } });
      expect(again).toMatchObject({ status: 304, text: '', headers: { etag, 'total-number': '12' } });
      expect(again.headers).not.toHaveProperty('content-type');
    }
  });

  it('is 200 with another tag or with no-cache', async () => {
    expect((await client.call('GET', one, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    expect(
      (await client.call('GET', one, { headers: { 'if-none-match': '*', 'cache-control': 'no-cache' } })).status,
    ).toBe(200);
  });

  it('with HEAD has the total, but no body and no ETag', async () => {
    const answer = await client.call('HEAD', `${one}/users?page_size=1`);
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'total-number': '12' } });
    expect(answer.headers).not.toHaveProperty('etag');
    expect(await client.call('HEAD', '/api/organizations/x')).toMatchObject({ status: 404, text: '' });
  });
});

it('records requests and can clear them', async () => {
  client.sandbox.forget();
  await client.call('POST', '/api/organizations?x=1', { json: { name: 'Recorded' }, headers: { 'x-mark': 'here' } });
  expect(client.sandbox.requests).toEqual([
    expect.objectContaining({
      method: 'POST',
      path: '/api/organizations?x=1',
      body: '{"name":"Recorded"}',
      status: 201,
      headers: expect.objectContaining({ 'x-mark': 'here' }),
    }),
  ]);
  client.sandbox.forget();
  expect(client.sandbox.requests).toHaveLength(0);
});

it('delays every response by the configured latency', async () => {
  client.sandbox.latencyMs = 30;
  expect(await outlasts(30, () => client.call('GET', '/api/status'))).toBe(true);
  client.sandbox.latencyMs = 0;
  expect(client.sandbox.latencyMs).toBe(0);
});

it('fails to start on a port in use with an explanation', async () => {
  const port = Number(new URL(client.sandbox.url).port);
  await expect(startSandbox({ port })).rejects.toThrow(
    `cannot listen on port ${port}, which is in use. Stop the process that uses it, or set another port (SANDBOX_PORT`,
  );
  await expect(startSandbox({ host: '192.0.2.1' })).rejects.toThrow(/cannot listen on 192\.0\.2\.1/);
});

it('survives a client that disconnects in the middle of a body', async () => {
  const socket = connect(Number(new URL(client.sandbox.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /api/organizations HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"na');
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect((await client.call('GET', '/api/status')).status).toBe(204);
});
