import { Writable } from 'node:stream';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { readConfig } from '../src/config/read-config.js';
import { createGateway, type Gateway } from '../src/gateway.js';
import { createLogger } from '../src/observability/logger.js';
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.js';
import { deferred, startServer, until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { Tokens } from './support/tokens.js';

const travel = '/api/organizations/fernweh00000';

/** Token requests of the gateway itself; the tests make others. */
const tokenRequests = (sandbox: Sandbox): number => {
  const own = `Basic ${Buffer.from('sandbox-gateway:sandbox-gateway-secret').toString('base64')}`;
  return sandbox.requests.filter(({ path, headers }) => path === '/oidc/token' && headers['authorization'] === own)
    .length;
};

describe('upstream faults', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;

  beforeAll(async () => {
    running = await startGateway({
      // Long enough for a reply on a busy machine, and short enough for a test.
      UPSTREAM_TIMEOUT_MS: '2000',
      UPSTREAM_MAX_BYTES: '200000',
      // The faults must not open the circuit.
      UPSTREAM_BREAKER_CALLS: '0',
    });
    client = await running.as();
    await running.tokens.management();
  });
  beforeEach(() => {
    running.sandbox.forget();
    running.logs.length = 0;
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const SECRET = 'postgres://10.0.0.7 is down';
  const read = () => client.get(travel).set('cache-control', 'no-cache');

  it.each([
    [
      '500 with a reason',
      { status: 500, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: SECRET }) },
      502,
      'upstream.error',
    ],
    [
      '500 in plain text',
      { status: 500, headers: { 'content-type': 'text/plain' }, body: SECRET },
      502,
      'upstream.error',
    ],
    ['503', { status: 503, body: SECRET }, 502, 'upstream.error'],
    [
      'a web page with 200',
      { status: 200, headers: { 'content-type': 'text/html' }, body: SECRET },
      502,
      'upstream.invalid_response',
    ],
    [
      'plain text with 200',
      { status: 200, headers: { 'content-type': 'text/plain' }, body: SECRET },
      502,
      'upstream.invalid_response',
    ],
    [
      'plain text with 404',
      { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' },
      502,
      'upstream.invalid_response',
    ],
    [
      'a web page with 400',
      { status: 400, headers: { 'content-type': 'text/html' }, body: SECRET },
      502,
      'upstream.invalid_response',
    ],
    [
      'a redirect',
      { status: 302, headers: { location: `https://${SECRET.replaceAll(' ', '')}/` } },
      502,
      'upstream.invalid_response',
    ],
    ['garbled JSON', { garble: true as const }, 502, 'upstream.invalid_response'],
    [
      'garbled JSON with 404',
      { status: 404, headers: { 'content-type': 'application/json' }, body: `{"${SECRET}` },
      502,
      'upstream.invalid_response',
    ],
    ['a body without end', { endless: true as const }, 502, 'upstream.invalid_response'],
    ['a truncated body', { cut: 20 }, 502, 'upstream.error'],
    ['a reset', { reset: 'before' as const }, 502, 'upstream.error'],
    ['no response', { hang: true as const }, 504, 'upstream.timeout'],
    [
      '403 for our token',
      {
        status: 403,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: 'auth.forbidden', message: SECRET }),
      },
      502,
      'upstream.unauthorized',
    ],
    [
      '401 for every token',
      {
        status: 401,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: 'auth.unauthorized', data: { payload: SECRET } }),
      },
      502,
      'upstream.unauthorized',
    ],
  ])(
    '%s: the caller learns the kind of failure, but nothing of Logto’s response',
    async (_what, fault, status, code) => {
      running.sandbox.faults.add({ path: /fernweh00000$/, ...fault });
      const { body, text, headers } = await read().expect(status);
      expect(body).toMatchObject({
        status,
        code,
        type: status === 504 ? '/problems/timeout' : '/problems/bad-gateway',
        instance: travel,
      });
      expect(headers['content-type']).toBe('application/problem+json');
      expect(headers).not.toHaveProperty('www-authenticate');
      expect(text).not.toMatch(/postgres|10\.0\.0\.7|localhost|sandbox-gateway|garbled/);
      expect(text).not.toContain('may have happened');
      await until('the reason in the log', () =>
        running.logs.some((line) => line.includes(code) && line.includes(headers['x-request-id'] ?? '?')),
      );
    },
  );

  it('429 is 503 with Logto’s Retry-After', async () => {
    running.sandbox.faults.add({ path: /fernweh00000$/, status: 429, headers: { 'retry-after': '120' } });
    const { body, headers } = await read().expect(503);
    expect(body).toMatchObject({ code: 'upstream.budget', type: '/problems/unavailable' });
    expect(headers['retry-after']).toBe('120');
  });

  it('429 without Retry-After is 503 with a default Retry-After', async () => {
    running.sandbox.faults.add({ path: /fernweh00000$/, status: 429 });
    expect((await read().expect(503)).headers['retry-after']).toMatch(/^[1-9]\d*$/);
  });

  it.each([
    ['500', { status: 500 }, 502],
    ['a reset after it was carried out', { reset: 'after' as const }, 504],
    ['no response', { hang: true as const }, 504],
  ])('a write that fails with %s is sent once and says that it may have happened', async (_what, fault, status) => {
    running.sandbox.faults.add({ method: 'PATCH', ...fault });
    const { body } = await client
      .patch(travel)
      .send({ description: 'Walking tours, and the guides who lead them' })
      .expect(status);
    expect(body.detail).toContain('may have happened');
    expect(running.upstreamCalls()).toEqual([`PATCH ${travel}`]);
  });

  it('a write does not follow a redirect', async () => {
    running.sandbox.faults.add({
      method: 'PUT',
      status: 308,
      headers: { location: 'https://elsewhere.example.test/' },
    });
    const { body } = await client
      .put(`${travel}/users/ada000000000/roles`)
      .send({ organizationRoleNames: ['owner'] })
      .expect(502);
    expect(body.code).toBe('upstream.invalid_response');
  });

  it('a token that Logto refuses is renewed once for all refused requests', async () => {
    // All ten are refused before the first of them can come back with a new token.
    const released = deferred<void>();
    const refusal = { status: 401, times: 10, delayUntil: released.promise };
    running.sandbox.faults.add({ path: /^\/api\/organizations\?/, ...refusal });
    const statuses = Array.from({ length: 10 }, (_, index) =>
      client.get(`/api/organizations?page=${index + 1}&page_size=7`).then(({ status }) => status),
    );
    await until('all ten to reach Logto', () => running.upstreamCalls().length === 10);
    released.resolve();
    expect(await Promise.all(statuses)).toEqual(Array(10).fill(200));
    expect(tokenRequests(running.sandbox)).toBe(1);
    expect(running.upstreamCalls()).toHaveLength(20);
  });

  it('a write that was refused with the old token is retried with the new one', async () => {
    running.sandbox.faults.add({ method: 'POST', path: /^\/api\/organizations$/, status: 401, times: 1 });
    await client.post('/api/organizations').send({ name: 'x' }).expect(201);
    expect(tokenRequests(running.sandbox)).toBe(1);
  });

  it('100 cold requests need no further token', async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        client.get(`/api/organizations?page=${index + 1}&page_size=3`).expect(200),
      ),
    );
    expect(running.upstreamCalls()).toHaveLength(100);
    expect(tokenRequests(running.sandbox)).toBe(0);
  });
});

/** A gateway whose Logto is a fake; callers' tokens come from the sandbox. */
async function startBefore(endpoint: string, issuer: Sandbox, env: NodeJS.ProcessEnv = {}) {
  const logs: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logs.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  const gateway: Gateway = await createGateway(
    readConfig({
      PORT: '0',
      LOGTO_ENDPOINT: endpoint,
      LOGTO_CLIENT_ID: issuer.demo.clients.gateway.id,
      LOGTO_CLIENT_SECRET: issuer.demo.clients.gateway.secret,
      AUTH_AUDIENCE: issuer.audience,
      AUTH_ISSUER: issuer.issuer,
      ...env,
    }),
    createLogger('info', sink),
  );
  const bearer = await new Tokens(issuer).service();
  return {
    gateway,
    logs,
    client: supertest.agent(gateway.url).set('authorization', `Bearer ${bearer}`),
    anonymous: supertest(gateway.url),
  };
}

describe('a Logto that issues no token', () => {
  let issuer: Sandbox;
  let logto: Awaited<ReturnType<typeof startServer>>;
  let answer: RequestListener;
  let requestLines: string[];
  let before: Awaited<ReturnType<typeof startBefore>>;

  const json =
    (status: number, body: unknown): RequestListener =>
    (_request, response) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  beforeAll(async () => {
    issuer = await startSandbox();
    logto = await startServer((request, response) => {
      requestLines.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
  });
  beforeEach(() => {
    requestLines = [];
  });
  afterEach(() => before.gateway.close());
  afterAll(async () => {
    await logto.close();
    await issuer.close();
  });

  it.each([
    [
      'a token without the scope',
      json(200, { access_token: 'token-of-nobody', expires_in: 3600, token_type: 'Bearer' }),
      502,
      'upstream.unauthorized',
      /Logto Management API access/,
    ],
    [
      'a refusal',
      json(401, {
        code: 'oidc.invalid_client',
        error: 'invalid_client',
        error_description: 'client authentication failed',
      }),
      502,
      'upstream.unauthorized',
      /client authentication failed/,
    ],
    ['a failure', json(500, {}), 502, 'upstream.error', /token endpoint answered 500/],
    [
      'a web page',
      ((_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')) as RequestListener,
      502,
      'upstream.invalid_response',
      /LOGTO_ENDPOINT/,
    ],
  ])(
    'answers with %s: callers learn that it is not their fault, and the log says what to fix',
    async (_what, listener, status, code, reason) => {
      answer = listener;
      before = await startBefore(logto.url, issuer);
      const { body, text, headers } = await before.client.get(travel).expect(status);
      expect(body.code).toBe(code);
      expect(headers).not.toHaveProperty('www-authenticate');
      expect(text).not.toMatch(/sandbox-gateway|token-of-nobody|scope|client authentication|LOGTO_/);
      await until('the reason in the log', () =>
        before.logs.some((line) => reason.test(line) && line.includes(headers['x-request-id'] ?? '?')),
      );
      expect(before.logs.join('\n')).not.toMatch(/sandbox-gateway-secret|token-of-nobody/);
      expect(requestLines.every((call) => call === 'POST /oidc/token')).toBe(true);
      await before.anonymous.get('/health/live').expect(200);
      expect((await before.anonymous.get('/health/ready').expect(status)).body).toMatchObject({
        code,
        type: expect.stringMatching(/^\/problems\//),
      });
    },
  );

  it('is unreachable: the gateway starts, is alive but not ready, and says why', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    before = await startBefore(gone.url, issuer);
    await before.anonymous.get('/health/live').expect(200, { status: 'ok' });
    const ready = await before.anonymous.get('/health/ready').expect(503);
    expect(ready.headers['content-type']).toBe('application/problem+json');
    expect(ready.headers['retry-after']).toMatch(/^\d+$/);
    expect(ready.body.code).toBe('upstream.unavailable');
    const { body } = await before.client.patch(travel).send({ name: 'x' }).expect(503);
    expect(body).toMatchObject({ code: 'upstream.unavailable' });
    expect(body.detail).not.toContain('may have happened');
  });

  it('recovers: the next request succeeds', async () => {
    answer = json(500, {});
    before = await startBefore(logto.url, issuer);
    await before.anonymous.get('/health/ready').expect(502);
    answer = (request, response) =>
      json(
        200,
        request.url === '/oidc/token'
          ? { access_token: 'good', expires_in: 3600, scope: 'all' }
          : { id: 'fernweh00000' },
      )(request, response);
    await before.client.get(travel).expect(200, { id: 'fernweh00000' });
    await until('the gateway is ready', async () => (await before.anonymous.get('/health/ready')).status === 200);
  });

  it('gets one token request for 100 concurrent first requests', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    answer = async (request, response) => {
      if (request.url === '/oidc/token') await held;
      json(200, request.url === '/oidc/token' ? { access_token: 'good', expires_in: 3600, scope: 'all' } : [])(
        request,
        response,
      );
    };
    before = await startBefore(logto.url, issuer);
    const answers = Array.from({ length: 100 }, (_, index) =>
      before.client.get(`/api/organization-scopes?q=${index}`).then(({ status }) => status),
    );
    await until('the token request', () => requestLines.length > 0);
    release();
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
    expect(requestLines.filter((call) => call === 'POST /oidc/token')).toHaveLength(1);
    expect(requestLines).toHaveLength(101);
  });
});

describe('readiness', () => {
  let issuer: Sandbox;
  let logto: Awaited<ReturnType<typeof startServer>>;
  let status: number;
  let statusCalls: number;
  let before: Awaited<ReturnType<typeof startBefore>>;

  beforeAll(async () => {
    issuer = await startSandbox();
    logto = await startServer((request, response) => {
      if (request.url === '/api/status') {
        statusCalls += 1;
        response.writeHead(status).end();
      } else {
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"access_token":"good","expires_in":3600,"scope":"all"}');
      }
    });
  });
  beforeEach(() => {
    statusCalls = 0;
    status = 204;
  });
  afterEach(() => before.gateway.close());
  afterAll(async () => {
    await logto.close();
    await issuer.close();
  });

  const ready = () => before.anonymous.get('/health/ready');

  it('costs Logto one call for concurrent probes', async () => {
    before = await startBefore(logto.url, issuer);
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await ready()).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statusCalls).toBe(1);
  });

  it('fails soon after Logto does, although the token is still valid, says why, and recovers', async () => {
    before = await startBefore(logto.url, issuer);
    await ready().expect(200);
    status = 500;
    await until('it is not ready', async () => (await ready()).status === 503);
    const { body } = await ready().expect(503);
    expect(body).toMatchObject({
      code: 'upstream.unavailable',
      details: { logto: { status: 'failing', code: 'upstream.unavailable' }, overload: { status: 'ok' } },
    });
    expect(before.logs.filter((line) => line.includes('Logto is not usable'))).toHaveLength(1);
    status = 204;
    await until('it is ready', async () => (await ready()).status === 200);
  });

  it('requires Logto once with READY_REQUIRES=logto-once', async () => {
    status = 500;
    before = await startBefore(logto.url, issuer, { READY_REQUIRES: 'logto-once' });
    await ready().expect(503);
    status = 204;
    await until('it is ready', async () => (await ready()).status === 200);
    status = 500;
    await until('the failure of Logto is noticed', async () => (await ready()).body.details.logto.status === 'failing');
    await ready().expect(200);
  });

  it('does not depend on Logto with READY_REQUIRES=nothing', async () => {
    status = 500;
    before = await startBefore(logto.url, issuer, { READY_REQUIRES: 'nothing' });
    await ready().expect(200);
    await until('it shows the state of Logto', async () => (await ready()).body.details.logto.status === 'failing');
    await ready().expect(200);
  });

  it('fails during shutdown, while requests are still accepted', async () => {
    before = await startBefore(logto.url, issuer);
    await ready().expect(200);
    before.gateway.drain();
    const { body, headers } = await ready().expect(503);
    expect(body.code).toBe('shutting_down');
    expect(headers['connection']).toBe('close');
    await before.anonymous.get('/health/live').expect(200);
  });
});

describe('the log', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(() => {
    running.logs.length = 0;
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const linesOf = (id: string) =>
    running.logs.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ requestId }) => requestId === id);
  const linesSoon = async (id: string, count = 1) => {
    await until(`${count} lines of ${id}`, () => linesOf(id).length >= count);
    return linesOf(id);
  };

  it('has one line per request, with caller, route and outcome', async () => {
    await client.get(`${travel}?other=secret`).set('x-request-id', 'logged-request').expect(200);
    const lines = await linesSoon('logged-request');
    expect(lines).toHaveLength(1);
    expect(lines).toMatchObject([
      {
        level: 'info',
        req: { method: 'GET', path: travel },
        res: { status: 200 },
        responseTime: expect.any(Number),
        upstreamCalls: 1,
        caller: { kind: 'service', sub: 'sandbox-service' },
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|\?/);
  });

  it.each([
    [404, '/api/nothing-here'],
    [400, '/api/organizations/%zz'],
    [405, '/api/organization-roles'],
  ])('has a line for a %i, too', async (status, path) => {
    const id = `request-${status}`;
    await (status === 405 ? client.delete(path) : client.get(path)).set('x-request-id', id).expect(status);
    expect(await linesSoon(id)).toMatchObject([{ res: { status } }]);
  });

  it('has a line without a caller for an unauthenticated request', async () => {
    await running
      .anonymous()
      .get(travel)
      .set({ 'x-request-id': 'anonymous-1', authorization: 'Bearer nonsense-credential' })
      .expect(401);
    const lines = await linesSoon('anonymous-1');
    expect(lines).toMatchObject([{ res: { status: 401 } }]);
    expect(lines[0]).not.toHaveProperty('caller');
    expect(running.logs.join()).not.toContain('nonsense-credential');
  });

  it('has no line for probes', async () => {
    await running.anonymous().get('/health/live').set('x-request-id', 'probe-request').expect(200);
    await client.get(travel).set('x-request-id', 'after-the-probe').expect(200);
    await linesSoon('after-the-probe');
    expect(linesOf('probe-request')).toEqual([]);
  });

  it('never contains a token, a secret or an e-mail address', async () => {
    const email = 'ada@fernweh.example.test';
    await client.get(`${travel}/users?q=${encodeURIComponent(email)}`).expect(200);
    await client.get(`/api/organizations/${email}`).expect(400);
    await client.get(`/nowhere/${encodeURIComponent(email)}`).expect(404);
    await running
      .anonymous()
      .get(`/api/x?access_token=${await running.tokens.service()}`)
      .expect(401);
    await running
      .anonymous()
      .get(travel)
      .set('authorization', `Bearer ${await running.tokens.management()}`)
      .expect(401);
    running.sandbox.faults.add({
      path: /users/,
      status: 500,
      body: `{"message":"no user ${email}"}`,
      headers: { 'content-type': 'application/json' },
    });
    await client
      .get(`${travel}/users?q=${encodeURIComponent(email)}&page=2`)
      .set('x-request-id', 'last-request')
      .expect(502);
    await linesSoon('last-request', 2);
    const log = running.logs.join('\n');
    expect(running.logs.length).toBeGreaterThanOrEqual(7);
    expect(log).not.toMatch(/ada(@|%40)|eyJ|sandbox-\w+-secret|Basic |authorization/);
    for (const line of running.logs) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('has internal errors with their stack and the request id', async () => {
    // The expected shape of the reply does not cover names, and this one cannot be sorted.
    const name = { toString: 1, valueOf: 1 };
    const body = JSON.stringify(['a', 'b'].map((id) => ({ id, name, organizationRoles: [] })));
    running.sandbox.faults.add({
      path: /users\?page/,
      status: 200,
      headers: { 'content-type': 'application/json', 'total-number': '2' },
      body,
    });
    const answer = await client.get(`${travel}/overview?sort=name`).set('cache-control', 'no-cache').expect(500);
    expect(answer.body).toMatchObject({ code: 'internal', type: '/problems/internal' });
    expect(answer.text).not.toContain('TypeError');
    const lines = await linesSoon(answer.headers['x-request-id'] ?? '', 2);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: expect.stringMatching(/TypeError.*\n\s+at /s) }),
    );
  });
});

describe('the operational endpoints', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway();
  });
  afterAll(() => running.close());

  it('are public, and say what is behind the gateway', async () => {
    await running.anonymous().get('/health/live').expect(200, { status: 'ok' });
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    expect(body).toMatchObject({ status: 'ok', upstream: 'sandbox' });
  });

  it('count requests by route, not by id, and upstream calls by kind', async () => {
    const client = await running.as();
    await client.get(travel).expect(200);
    await client.get(travel).expect(200);
    await client.get('/api/organizations/nosuchorg000').expect(404);
    const { text } = await running
      .anonymous()
      .get('/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain/);
    expect(text).toMatch(
      /gateway_request_duration_seconds_count\{[^}]*route="\/api\/organizations\/:id"[^}]*status="200"[^}]*\} 2/,
    );
    expect(text).toMatch(
      /gateway_upstream_call_duration_seconds_count\{[^}]*call="organization"[^}]*outcome="200"[^}]*\} 1/,
    );
    expect(text).toMatch(/gateway_cache_reads_total\{[^}]*call="organization"[^}]*source="cache"[^}]*\} 1/);
    expect(text).not.toMatch(/fernweh00000|nosuchorg000/);
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('include the API documentation', async () => {
    await running
      .anonymous()
      .get('/docs')
      .expect(200)
      .expect('content-type', /^text\/html/);
    const { body } = await running.anonymous().get('/docs-json').expect(200);
    expect(body.openapi).toMatch(/^3\./);
    expect(Object.keys(body.paths)).toContain('/api/organizations/{id}/overview');
    await running
      .anonymous()
      .get('/docs-yaml')
      .expect(200)
      .expect(/^openapi: /);
  });
});
