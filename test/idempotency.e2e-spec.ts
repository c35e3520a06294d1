// Longer than most: it covers all guarantees of Idempotency-Key at one gateway.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import { until } from './support/far-end.js';
import { type BehindWire, startBehindWire } from './support/start-behind-wire.js';
import { type Running, startGateway } from './support/start-gateway.js';

const SIGNING_KEY = 'signing-key-of-a-test';

type Agent = Awaited<ReturnType<Running['as']>>;

describe('Idempotency-Key', () => {
  let running: Running;
  let client: Agent;
  let key: string;

  beforeAll(async () => {
    running = await startGateway({ LOGTO_WEBHOOK_SIGNING_KEY: SIGNING_KEY });
    client = await running.as();
  });
  beforeEach(() => {
    key = randomUUID();
    running.sandbox.forget();
  });
  afterEach(() => {
    running.sandbox.faults.clear();
    running.sandbox.latencyMs = 0;
  });
  afterAll(() => running.close());

  const post = (path: string, body: object, agent = client) => agent.post(path).set('idempotency-key', key).send(body);
  const create = (name = 'Once', agent = client) => post('/api/organizations', { name }, agent);
  const organization = async (roles: Readonly<Record<string, readonly string[]>> = {}): Promise<string> => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Keyed' });
    const { id } = json as { id: string };
    for (const [userId, organizationRoleIds] of Object.entries(roles)) {
      await running.tokens.api('POST', `/api/organizations/${id}/users`, { userIds: [userId] });
      await running.tokens.api('PUT', `/api/organizations/${id}/users/${userId}/roles`, { organizationRoleIds });
    }
    running.sandbox.forget();
    return id;
  };
  const named = async (name: string): Promise<unknown[]> =>
    (await running.tokens.api('GET', `/api/organizations?q=${encodeURIComponent(name)}`)).json as unknown[];
  const writes = (): string[] =>
    running.upstreamCalls().filter((call) => !call.startsWith('GET') && !call.includes('subject-tokens'));

  describe('in a repeated request', () => {
    it('replays the first answer: status, body, Location, ETag', async () => {
      const first = await create().expect(201);
      expect(first.headers).not.toHaveProperty('idempotent-replayed');
      running.sandbox.forget();
      const second = await create().expect(201);
      expect(second.body).toEqual(first.body);
      expect(second.headers['idempotent-replayed']).toBe('true');
      for (const header of ['location', 'etag', 'content-type', 'cache-control']) {
        expect(second.headers[header]).toBe(first.headers[header]);
      }
      expect(second.headers['location']).toMatch(new RegExp(`/api/organizations/${first.body.id}$`));
      expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('replays the first answer even after the created organization is gone', async () => {
      const { body } = await create().expect(201);
      await client.delete(`/api/organizations/${body.id}`).expect(204);
      expect((await create().expect(201)).body.id).toBe(body.id);
      await client.get(`/api/organizations/${body.id}`).expect(404);
    });

    it('replays the first answer in the encoding that the repeated request accepts', async () => {
      const sent = { name: 'Large', customData: { filler: 'x'.repeat(3000) } };
      const first = await post('/api/organizations', sent).set('accept-encoding', 'identity').expect(201);
      const second = await post('/api/organizations', sent).set('accept-encoding', 'gzip').expect(201);
      expect(second.headers).toMatchObject({ 'content-encoding': 'gzip', 'idempotent-replayed': 'true' });
      expect(second.body).toEqual(first.body);
    });

    it('replays an answer without a body', async () => {
      const { roles } = running.sandbox.demo;
      const id = await organization({ ada000000000: [] });
      const send = () =>
        post(`/api/organizations/${id}/users/roles`, { userIds: ['ada000000000'], organizationRoleIds: [roles.guest] });
      const first = await send().expect(201);
      const second = await send().expect(201);
      expect([first.text, second.text]).toEqual(['', '']);
      expect(first.headers).not.toHaveProperty('idempotent-replayed');
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(writes()).toEqual([`POST /api/organizations/${id}/users/roles`]);
    });

    it('replays results per member', async () => {
      const id = await organization();
      const send = () =>
        post(`/api/organizations/${id}/members`, { members: [{ userId: 'ada000000000' }, { userId: 'nosuchuser00' }] });
      const first = await send().expect(200);
      const second = await send().expect(200);
      expect(second.body).toEqual(first.body);
      expect(second.body.results[0].status).toBe('added');
      expect(second.headers['idempotent-replayed']).toBe('true');
    });

    it('is required: without a key, or with another one, the request is performed again', async () => {
      const { body } = await create('Twice').expect(201);
      const other = await client.post('/api/organizations').send({ name: 'Twice' }).expect(201);
      const another = await client
        .post('/api/organizations')
        .set('idempotency-key', `${key}-2`)
        .send({ name: 'Twice' })
        .expect(201);
      expect(new Set([body.id, other.body.id, another.body.id]).size).toBe(3);
      expect(another.headers).not.toHaveProperty('idempotent-replayed');
    });
  });

  describe('in a different request', () => {
    it.each<[string, string, object]>([
      ['body', '/api/organizations', { name: 'Other' }],
      ['body with one field more', '/api/organizations', { name: 'Once', description: 'x' }],
      ['path', '/api/organizations/fernweh00000/users', { name: 'Once' }],
    ])('with another %s is 422, and nothing is sent', async (_what, path, body) => {
      await create().expect(201);
      running.sandbox.forget();
      const answer = await post(path, body).expect(422).expect('content-type', 'application/problem+json');
      expect(answer.body).toMatchObject({ code: 'idempotency.key_reused', instance: path });
      expect(answer.headers).not.toHaveProperty('idempotent-replayed');
      expect(running.upstreamCalls()).toEqual([]);
      // The key still belongs to the first request.
      expect((await create().expect(201)).headers['idempotent-replayed']).toBe('true');
    });
  });

  describe('of another caller', () => {
    it('is another key: people in an organization', async () => {
      const { owner } = running.sandbox.demo.roles;
      const id = await organization({ ada000000000: [owner], bruno0000000: [owner] });
      const ada = await running.as(running.tokens.organization(id, 'ada000000000'));
      const bruno = await running.as(running.tokens.organization(id, 'bruno0000000'));
      const send = (agent: Agent) =>
        post(`/api/organizations/${id}/users`, { userIds: ['wanda0000000'] }, agent).expect(201);
      expect((await send(ada)).headers).not.toHaveProperty('idempotent-replayed');
      expect((await send(bruno)).headers).not.toHaveProperty('idempotent-replayed');
      expect((await send(client)).headers).not.toHaveProperty('idempotent-replayed');
      expect(writes()).toHaveLength(3);
      expect((await send(ada)).headers['idempotent-replayed']).toBe('true');
      expect(writes()).toHaveLength(3);
    });

    it('is another key: the same person in two organizations', async () => {
      const { owner } = running.sandbox.demo.roles;
      const ids = [await organization({ ada000000000: [owner] }), await organization({ ada000000000: [owner] })];
      for (const id of ids) {
        const agent = await running.as(running.tokens.organization(id, 'ada000000000'));
        const answer = await post(`/api/organizations/${id}/users`, { userIds: ['wanda0000000'] }, agent).expect(201);
        expect(answer.headers).not.toHaveProperty('idempotent-replayed');
      }
    });

    it('is the same key with a new token of the same caller', async () => {
      const id = await organization({ ada000000000: [running.sandbox.demo.roles.owner] });
      const send = async () =>
        post(
          `/api/organizations/${id}/users`,
          { userIds: ['wanda0000000'] },
          await running.as(running.tokens.organization(id, 'ada000000000')),
        );
      expect((await send()).headers).not.toHaveProperty('idempotent-replayed');
      expect((await send()).headers['idempotent-replayed']).toBe('true');
    });

    it('replays nothing to a caller who has lost the permission', async () => {
      const id = await organization({ ada000000000: [running.sandbox.demo.roles.owner] });
      const agent = await running.as(running.tokens.organization(id, 'ada000000000'));
      const send = () => post(`/api/organizations/${id}/users`, { userIds: ['wanda0000000'] }, agent);
      await send().expect(201);
      // Through the gateway, which invalidates its cached roles at once.
      await client
        .put(`/api/organizations/${id}/users/ada000000000/roles`)
        .send({ organizationRoleNames: ['guest'] })
        .expect(204);
      expect((await send().expect(403)).headers).not.toHaveProperty('idempotent-replayed');
    });
  });

  it('creates one organization for twenty concurrent requests; the others are 409 or get its answer', async () => {
    running.sandbox.latencyMs = 30;
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('Raced')));
    const made = answers.filter(({ status }) => status === 201);
    const first = made.filter(({ headers }) => headers['idempotent-replayed'] === undefined);
    expect(first).toHaveLength(1);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    for (const { body, headers } of answers.filter(({ status }) => status !== 201)) {
      expect(body).toMatchObject({ status: 409, code: 'idempotency.in_progress' });
      expect(headers['retry-after']).toBe('1');
    }
    expect(await named('Raced')).toHaveLength(1);
    expect((await create('Raced').expect(201)).body.id).toBe(first[0]?.body.id);
  });

  describe('of a failed request', () => {
    it('replays a rejection by the gateway', async () => {
      const first = await post('/api/organizations', { name: '', extra: 1 }).expect(400);
      const second = await post('/api/organizations', { name: '', extra: 1 }).expect(400);
      expect(second.headers).toMatchObject({
        'idempotent-replayed': 'true',
        'content-type': 'application/problem+json',
      });
      expect(second.body).toEqual({ ...first.body, requestId: second.headers['x-request-id'] });
      expect(second.body.requestId).not.toBe(first.body.requestId);
      expect((await create().expect(422)).body.code).toBe('idempotency.key_reused');
    });

    it('replays a rejection by Logto, even when Logto would answer differently now', async () => {
      const id = await organization();
      const send = () =>
        post(`/api/organizations/${id}/users/ada000000000/roles`, { organizationRoleNames: ['member'] });
      const first = await send().expect(422);
      await running.tokens.api('POST', `/api/organizations/${id}/users`, { userIds: ['ada000000000'] });
      running.sandbox.forget();
      const second = await send().expect(422);
      expect(second.body.code).toBe(first.body.code);
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      ['Logto answered 500', { status: 500 }, 502, 'upstream.error'],
      ['the reply was invalid', { garble: true as const }, 502, 'upstream.invalid_response'],
      ['the connection broke', { reset: 'before' as const }, 504, 'upstream.timeout'],
      ['the connection broke after Logto performed it', { reset: 'after' as const }, 504, 'upstream.timeout'],
    ])('replays a failure when the write may have taken effect: %s', async (_what, fault, status, code) => {
      running.sandbox.faults.add({ method: 'POST', path: /^\/api\/organizations$/, times: 1, ...fault });
      const first = await create().expect(status);
      expect(first.body).toMatchObject({ code, detail: expect.stringContaining('may have happened') });
      expect(first.headers).not.toHaveProperty('idempotent-replayed');
      const second = await create().expect(status);
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(second.body).toEqual({ ...first.body, requestId: second.headers['x-request-id'] });
      expect(writes()).toEqual(['POST /api/organizations']);
    });

    it.each([
      ['Logto limited the rate', { status: 429 }, 503, 'upstream.budget'],
      ['our token was rejected twice', { status: 401, times: 2 }, 502, 'upstream.unauthorized'],
      ['our token lacked a permission', { status: 403 }, 502, 'upstream.unauthorized'],
    ])('may be used again when Logto did not process the request: %s', async (_what, fault, status, code) => {
      running.sandbox.faults.add({ method: 'POST', path: /^\/api\/organizations$/, times: 1, ...fault });
      const name = `Anew-${key}`;
      const first = await create(name).expect(status);
      expect(first.body.code).toBe(code);
      const second = await create(name).expect(201);
      expect(second.headers).not.toHaveProperty('idempotent-replayed');
      const third = await create(name).expect(201);
      expect(third.headers['idempotent-replayed']).toBe('true');
      expect(third.body).toEqual(second.body);
      expect(await named(name)).toHaveLength(1);
    });

    it('replays the results when some members of a list failed, because the others were added', async () => {
      const id = await organization();
      const enrol = () =>
        post(`/api/organizations/${id}/members`, {
          members: [{ userId: 'ada000000000', organizationRoleNames: ['member'] }, { userId: 'dmitri000000' }],
        });
      running.sandbox.faults.add({ method: 'POST', path: /users\/roles$/, times: 1, status: 500 });
      const first = await enrol().expect(200);
      expect(first.body.results).toMatchObject([{ status: 'failed' }, { status: 'added' }]);
      running.sandbox.forget();
      const second = await enrol().expect(200);
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(second.body).toEqual(first.body);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('may be used again when Logto processed no member of a list', async () => {
      const id = await organization();
      const enrol = () => post(`/api/organizations/${id}/members`, { members: [{ userId: 'ada000000000' }] });
      running.sandbox.faults.add({ method: 'POST', path: /users$/, times: 1, status: 403 });
      expect((await enrol().expect(200)).body.results).toMatchObject([{ status: 'failed' }]);
      const second = await enrol().expect(201);
      expect(second.headers).not.toHaveProperty('idempotent-replayed');
      expect(second.body.results).toMatchObject([{ status: 'added' }]);
      expect((await enrol().expect(201)).headers['idempotent-replayed']).toBe('true');
    });

    it('may be used again when the client disconnected before anything was sent', async () => {
      const id = await organization();
      const path = `/api/organizations/${id}/members`;
      const body = { members: [{ userId: 'ada000000000', organizationRoleNames: ['member'] }] };
      running.sandbox.faults.add({ method: 'GET', path: /organization-roles/, hang: true, times: 1 });
      const controller = new AbortController();
      const lost = fetch(running.gateway.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await running.tokens.service()}`,
          'content-type': 'application/json',
          'cache-control': 'no-cache',
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
        signal: controller.signal,
      }).catch(() => 'disconnected');
      await until('the roles to be read', () =>
        running.upstreamCalls().some((call) => call.startsWith('GET /api/organization-roles')),
      );
      controller.abort();
      expect(await lost).toBe('disconnected');
      await until('the key to be free', async () => (await post(path, body)).status !== 409);
      const second = await post(path, body).expect(201);
      expect(second.body.results).toMatchObject([{ status: 'added' }]);
    });

    it('is not claimed when the caller lacks the permission', async () => {
      const reader = await running.as(running.tokens.service('read:organizations'));
      await create('Permitted', reader).expect(403);
      expect((await create('Permitted').expect(201)).headers).not.toHaveProperty('idempotent-replayed');
    });

    it('is not claimed when the body is not JSON', async () => {
      await client
        .post('/api/organizations')
        .set('idempotency-key', key)
        .set('content-type', 'application/json')
        .send('{"name":')
        .expect(400);
      expect((await create().expect(201)).headers).not.toHaveProperty('idempotent-replayed');
    });
  });

  it.each([
    ['empty', ''],
    ['longer than 255', 'x'.repeat(256)],
    ['with a space', 'a b'],
    ['with a non-ASCII letter', 'schlüssel'],
  ])('that is %s is 400, and nothing is sent', async (_what, malformed) => {
    const { body } = await client
      .post('/api/organizations')
      .set('idempotency-key', malformed)
      .send({ name: 'x' })
      .expect(400);
    expect(body).toMatchObject({
      code: 'guard.invalid_input',
      errors: [{ in: 'header', pointer: '/Idempotency-Key' }],
    });
    expect(running.upstreamCalls()).toEqual([]);
  });

  it('of 255 characters, including quotes, is valid', async () => {
    key = `"${'~'.repeat(253)}"`;
    await create().expect(201);
    expect((await create().expect(201)).headers['idempotent-replayed']).toBe('true');
  });

  describe('where it is not needed', () => {
    it('is ignored on a POST that only reads', async () => {
      const { studio, books } = running.sandbox.demo.organizations;
      const overviews = (ids: string[]) =>
        client.post('/api/organizations/overviews').set('idempotency-key', key).send({ ids }).expect(200);
      const one = await overviews([studio]);
      const other = await overviews([books]);
      expect(one.body.results[0].id).toBe(studio);
      expect(other.body.results[0].id).toBe(books);
      expect(other.headers).not.toHaveProperty('idempotent-replayed');
      await client
        .post('/api/organizations/overviews')
        .set('idempotency-key', 'a b')
        .send({ ids: [studio] })
        .expect(200);
    });

    it('is ignored without an authenticated caller: each webhook of Logto is processed', async () => {
      const send = (body: string) =>
        running
          .anonymous()
          .post('/webhooks/logto')
          .set({ 'content-type': 'application/json', 'idempotency-key': key })
          .set('logto-signature-sha-256', createHmac('sha256', SIGNING_KEY).update(body).digest('hex'))
          .send(body);
      for (const event of ['Organization.Created', 'Organization.Created', 'Organization.Deleted']) {
        const { headers } = await send(
          JSON.stringify({ event, createdAt: new Date().toISOString(), hookId: 'hook', data: { id: 'x' } }),
        ).expect(204);
        expect(headers).not.toHaveProperty('idempotent-replayed');
      }
    });

    it('is ignored on other methods', async () => {
      const id = await organization();
      const path = `/api/organizations/${id}`;
      for (const description of ['one', 'two', 'one']) {
        const { body, headers } = await client
          .patch(path)
          .set('idempotency-key', key)
          .send({ description })
          .expect(200);
        expect(body.description).toBe(description);
        expect(headers).not.toHaveProperty('idempotent-replayed');
      }
      await client.get(path).set('idempotency-key', 'a b').expect(200);
      await client.put(`${path}/users`).set('idempotency-key', key).send({ userIds: [] }).expect(204);
      await client.delete(path).set('idempotency-key', key).expect(204);
      await client.delete(path).set('idempotency-key', key).expect(404);
    });
  });
});

describe('Idempotency-Key while Logto is unreachable', () => {
  let far: BehindWire;
  let client: Agent;

  beforeAll(async () => {
    // The circuit opens after two failures, and lets a probe through soon after.
    far = await startBehindWire({ UPSTREAM_BREAKER_CALLS: '2', UPSTREAM_BREAKER_OPEN_MS: '300' });
    client = await far.gateway.as();
  });
  afterAll(() => far.close());

  it('may be used again when the connection was refused, and when the circuit was open', async () => {
    const send = (key: string) =>
      client.post('/api/organizations').set('idempotency-key', key).send({ name: 'Unreached' });
    const keys = Array.from({ length: 4 }, () => randomUUID());
    await far.cut();
    far.sandbox.forget();
    for (const key of keys) {
      const { body, headers } = await send(key).expect(503);
      expect(body.code).toBe('upstream.unavailable');
      expect(headers).not.toHaveProperty('idempotent-replayed');
    }
    await far.mend();
    for (const key of keys) await until('Logto to be called', async () => (await send(key)).status === 201);
    for (const key of keys) expect((await send(key).expect(201)).headers['idempotent-replayed']).toBe('true');
    expect(far.upstreamCalls()).toEqual(keys.map(() => 'POST /api/organizations'));
  });
});
