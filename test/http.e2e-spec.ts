import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { type Running, startGateway } from './support/start-gateway.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

describe('HTTP', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let authorization: string;
  const travel = '/api/organizations/fernweh00000';

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
    authorization = `Bearer ${await running.tokens.service()}`;
  });
  beforeEach(() => running.sandbox.forget());
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  /** Every error has the same format, wherever it is raised. */
  const expectProblem = (
    { status, headers, body }: Response,
    expected: { status: number; code: string | RegExp; instance?: string },
  ) => {
    expect(status).toBe(expected.status);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.any(String),
      type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
    });
    expect(body.code).toMatch(expected.code);
    expect(body.message).toBe(body.detail);
    expect(body.requestId).toBe(headers['x-request-id']);
    expect(body.requestId).not.toBe('');
    expect(body.instance).not.toContain('?');
    if (expected.instance) expect(body.instance).toBe(expected.instance);
  };

  describe('routes', () => {
    it.each([
      '/api/nothing-here?secret=1',
      `${travel}/`,
      '/api/organizations/',
      '/api/ORGANIZATIONS/fernweh00000',
      '/API/organizations',
      '/api//organizations',
      '/organizations',
      '/',
      `${travel}/users/`,
    ])('GET %s is 404', async (path) => {
      expectProblem(await client.get(path), {
        status: 404,
        code: 'route.not_found',
        instance: path.split('?')[0] ?? '',
      });
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      ['put', '/api/organizations', 'GET, HEAD, POST'],
      ['post', travel, 'DELETE, GET, HEAD, PATCH'],
      ['delete', `${travel}/users`, 'GET, HEAD, POST, PUT'],
      ['patch', `${travel}/users/x/roles`, 'GET, HEAD, POST, PUT'],
      ['get', `${travel}/users/x/roles/y`, 'DELETE'],
      ['post', `${travel}/overview`, 'GET, HEAD'],
      ['post', '/api/organization-roles', 'GET, HEAD'],
    ] as const)('%s %s is 405 with Allow', async (method, path, allow) => {
      const response = await client[method](path);
      expectProblem(response, { status: 405, code: 'route.method_not_allowed' });
      expect(response.headers['allow']).toBe(allow);
    });

    it('serve a page for each kind of problem', async () => {
      const { body } = await client.get('/api/organizations/nosuchorg000').expect(404);
      const { text } = await running
        .anonymous()
        .get(body.type)
        .expect(200)
        .expect('content-type', /^text\/html/);
      expect(text).toContain('entity.not_exists_with_id');
      expectProblem(await running.anonymous().get('/problems/nonsense'), { status: 404, code: 'problem.not_found' });
      expectProblem(await running.anonymous().get('/problems/constructor'), { status: 404, code: 'problem.not_found' });
    });
  });

  describe('HEAD', () => {
    it('is GET without the body', async () => {
      const path = `${travel}/users?page_size=1`;
      const got = await client.get(path).expect(200);
      const { headers, text } = await client.head(path).expect(200);
      expect(text ?? '').toBe('');
      for (const name of ['total-number', 'etag', 'link', 'content-length', 'content-type', 'vary'])
        expect([name, headers[name]]).toEqual([name, got.headers[name]]);
      await client
        .head(path)
        .set('if-none-match', headers['etag'] ?? '')
        .expect(304);
    });

    it('has no body when it fails, either', async () => {
      const { text, headers } = await client.head('/api/organizations/nosuchorg000').expect(404);
      expect(text ?? '').toBe('');
      expect(headers['content-type']).toBe('application/problem+json');
    });
  });

  describe('media types', () => {
    it.each(['application/xml', 'text/html', 'application/json;q=0', 'image/*'])(
      'are refused with 406 for Accept: %s, without any work',
      async (accept) => {
        expectProblem(await client.get(travel).set('accept', accept), { status: 406, code: 'route.not_acceptable' });
        expect(running.upstreamCalls()).toEqual([]);
      },
    );

    it.each([
      '*/*',
      'application/*',
      'application/json',
      'text/html, application/json;q=0.1',
      'application/json; charset=utf-8',
    ])('are accepted with Accept: %s', async (accept) => {
      await client.get(travel).set('accept', accept).expect(200);
    });

    it.each([
      ['application/x-www-form-urlencoded', 'name=x'],
      ['text/plain', '{"name":"x"}'],
      ['application/merge-patch+json', '{"name":"x"}'],
      ['application/jsonp', '{"name":"x"}'],
      ['application/json-patch+json', '[]'],
      ['json', '{"name":"x"}'],
      ['constructor', '{"name":5,"tenantId":"other"}'],
    ])('are refused for a body of type %s, naming the supported one', async (type, body) => {
      const response = await client.post('/api/organizations').set('content-type', type).send(body);
      expectProblem(response, { status: 415, code: 'body.unsupported_media_type' });
      expect(response.headers['accept']).toBe('application/json');
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('are two for PATCH', async () => {
      const { headers } = await client.patch(travel).set('content-type', 'application/xml').send('<a/>').expect(415);
      expect(headers['accept']).toBe('application/json, application/merge-patch+json');
    });

    it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json ; x=y'])(
      'are accepted for a body of type %s',
      async (type) => {
        await client.post('/api/organizations').set('content-type', type).send('{"name":"x"}').expect(201);
      },
    );
  });

  describe('bodies', () => {
    const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
      fetch(`${running.gateway.url}/api/organizations`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body,
      });
    const problemIn = async (response: globalThis.Response) => ({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as { errors?: unknown },
    });

    it.each([
      '{"name": "x",}',
      '{"name"',
      'name=x',
      '"a string"',
      '5',
      'null',
      'true',
      ' ',
      '{"name":"x"}{}',
      '\u0000',
    ])('are refused if they are not a JSON object: %p', async (raw) => {
      const response = await problemIn(await post(raw));
      expectProblem(response as unknown as Response, { status: 400, code: 'guard.invalid_input' });
      expect(response.body.errors).toMatchObject([{ in: 'body', pointer: '' }]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('are refused over 1 MB', async () => {
      const response = await problemIn(
        await post(JSON.stringify({ name: 'x', customData: { blob: 'x'.repeat(1024 * 1024) } })),
      );
      expectProblem(response as unknown as Response, { status: 413, code: 'body.too_large' });
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('are accepted just under 1 MB', async () => {
      expect(
        (await post(JSON.stringify({ name: 'x', customData: { blob: 'x'.repeat(1024 * 1024 - 100) } }))).status,
      ).toBe(201);
    });

    it('are refused if they decompress to more than 1 MB', async () => {
      const bomb = gzipSync(JSON.stringify({ name: 'x', customData: { blob: ' '.repeat(50 * 1024 * 1024) } }));
      expect(bomb.length).toBeLessThan(100_000);
      expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    });

    it('are decompressed from gzip', async () => {
      const response = await post(gzipSync('{"name":"packed"}'), { 'content-encoding': 'gzip' });
      expect(await response.json()).toMatchObject({ name: 'packed' });
    });

    it('are refused if their gzip is invalid', async () => {
      const response = await problemIn(await post('{"name":"x"}', { 'content-encoding': 'gzip' }));
      expectProblem(response as unknown as Response, { status: 400, code: 'guard.invalid_input' });
      expect(response.body.errors).toMatchObject([{ in: 'body', code: 'unreadable_body' }]);
    });

    it('are refused in an unknown encoding, naming the supported ones', async () => {
      const response = await problemIn(await post('{"name":"x"}', { 'content-encoding': 'zap' }));
      expectProblem(response as unknown as Response, { status: 415, code: 'body.unsupported_encoding' });
      expect(response.headers['accept-encoding']).toBe('gzip, deflate, br');
    });

    it('are not read from unauthenticated callers', async () => {
      const response = await problemIn(await post('{"name"', { authorization: '' }));
      expectProblem(response as unknown as Response, { status: 401, code: /^auth\./ });
    });
  });

  describe('paths', () => {
    it.each(['/api/organizations/%zz', '/api/organizations/%', '/api/organizations/%E0%A4%A/users'])(
      '%s is malformed',
      async (path) => {
        const response = await client.get(path);
        expectProblem(response, { status: 400, code: 'guard.invalid_input' });
        expect(response.body.errors).toMatchObject([{ in: 'path' }]);
        expect(running.upstreamCalls()).toEqual([]);
      },
    );

    it('are refused with a problem if the bytes are not HTTP', async () => {
      const socket = connect(Number(new URL(running.gateway.url).port), '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nbroken header\r\n\r\n');
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400 /);
      await client.get(travel).expect(200);
    });
  });

  describe('request ids', () => {
    it.each(['request-1', '2f1c6b1e-8f4a-4f0b-9a53-1f6e1d0c9b7a', 'a.b:c_d-e', 'x'.repeat(128)])(
      'keep %s',
      async (id) => {
        const { headers } = await client.get(travel).set('x-request-id', id).expect(200);
        expect(headers['x-request-id']).toBe(id);
      },
    );

    it.each(['short', 'x'.repeat(129), 'with space', '{"a":1}', 'ümläut-id', '<script>alert</script>'])(
      'replace %s',
      async (id) => {
        const { headers } = await client
          .get(travel)
          .set('x-request-id', Buffer.from(id).toString('latin1'))
          .expect(200);
        expect(headers['x-request-id']).toMatch(UUID);
      },
    );

    it('are generated when missing, also for unauthenticated callers', async () => {
      const ids = await Promise.all([
        client.get(travel),
        client.get(travel),
        running.anonymous().get(travel),
        client.get('/nowhere'),
      ]);
      const made = ids.map(({ headers }) => headers['x-request-id']);
      expect(new Set(made).size).toBe(4);
      for (const id of made) expect(id).toMatch(UUID);
    });
  });

  describe('requests to Logto', () => {
    it('contain nothing of the caller’s but the trace context', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await client
        .get(travel)
        .set({
          cookie: 'session=secret',
          'x-custom': 'secret',
          'accept-language': 'de',
          'x-forwarded-for': '10.0.0.1',
          'user-agent': 'caller/1.0',
          traceparent,
          'cache-control': 'no-cache',
          'x-request-id': 'request-1',
        })
        .expect(200);
      const { headers } = running.sandbox.requests.find(({ path }) => path === travel) ?? {
        headers: {} as Record<string, string>,
      };
      expect(Object.keys(headers).toSorted()).toEqual([
        'accept',
        'accept-language',
        'authorization',
        'connection',
        'host',
        'if-none-match',
        'traceparent',
      ]);
      expect(headers).toMatchObject({ accept: 'application/json', 'accept-language': 'en', traceparent });
      expect(headers['authorization']).toMatch(/^Bearer /);
      expect(headers['authorization']).not.toBe(authorization);
    });

    it('have the gateway’s own token, also for writes', async () => {
      await client
        .post('/api/organizations')
        .set({ cookie: 'a=b', 'idempotency-key': 'key-of-the-caller' })
        .send({ name: 'x' })
        .expect(201);
      const { headers } = running.sandbox.requests.find(
        ({ method, path }) => method === 'POST' && path === '/api/organizations',
      ) ?? { headers: {} as Record<string, string> };
      expect(Object.keys(headers).toSorted()).toEqual([
        'accept',
        'accept-language',
        'authorization',
        'connection',
        'content-length',
        'content-type',
        'host',
      ]);
      expect(headers['content-type']).toBe('application/json');
      expect(headers['authorization']).not.toBe(authorization);
    });

    it.each(['nonsense', '00-xyz-b7ad6b7169203331-01', ''])(
      'do not contain the invalid traceparent %p',
      async (traceparent) => {
        await client.get(travel).set({ traceparent, 'cache-control': 'no-cache' }).expect(200);
        expect(running.sandbox.requests.find(({ path }) => path === travel)?.headers).not.toHaveProperty('traceparent');
      },
    );

    it('ask for English, whatever the caller’s language', async () => {
      const { body } = await client.get('/api/organizations/nosuchorg000').set('accept-language', 'de').expect(404);
      expect(body.detail).toBe('The organizations with ID `nosuchorg000` does not exist.');
    });
  });

  describe('response headers', () => {
    it('include security headers, but nothing that reveals Logto or Express', async () => {
      const { headers } = await client.get(travel).expect(200);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('logto-core-request-id');
    });

    it('include Server-Timing', async () => {
      const { headers } = await client.get(travel).set('cache-control', 'no-cache').expect(200);
      expect(headers['server-timing']).toMatch(/^total;dur=\d+\.\d, upstream;dur=\d+\.\d;desc="1 calls"/);
    });
  });

  describe('unauthenticated callers', () => {
    it('cannot find out which routes and organizations exist', async () => {
      const paths = [
        travel,
        '/api/organizations/nosuchorg000',
        '/api/nothing-here',
        '/api/organizations/%zz',
        `${travel}/users?page=0`,
      ];
      for (const path of paths)
        expectProblem(await running.anonymous().get(path), { status: 401, code: 'auth.authorization_header_missing' });
      expectProblem(await running.anonymous().put('/api/organizations').send('{'), {
        status: 401,
        code: 'auth.authorization_header_missing',
      });
      expect(running.upstreamCalls()).toEqual([]);
    });
  });
});

describe('pages of other origins', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ CORS_ORIGINS: 'https://app.example.test' });
  });
  afterAll(() => running.close());
  const preflight = (origin: string) =>
    running
      .anonymous()
      .options('/api/organizations')
      .set({ origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' });

  it('may call and read the exposed headers if they are listed', async () => {
    const permitted = await preflight('https://app.example.test');
    expect(permitted.status).toBe(204);
    expect(permitted.headers['access-control-allow-origin']).toBe('https://app.example.test');
    const { headers } = await (
      await running.as()
    )
      .get('/api/organizations')
      .set('origin', 'https://app.example.test')
      .expect(200);
    for (const name of ['ETag', 'Link', 'Total-Number', 'X-Request-Id', 'Cache-Status'])
      expect(headers['access-control-expose-headers']).toContain(name);
  });

  it('may not call if they are not listed', async () => {
    expect((await preflight('https://evil.example.test')).headers).not.toHaveProperty('access-control-allow-origin');
  });
});
