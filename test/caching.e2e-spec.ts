// Longer than most: it covers all that callers see of the cache of one gateway.
import { get } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { untilArrived } from './support/arrivals.js';
import { deferred, until } from './support/far-end.js';
import { type BehindWire, startBehindWire } from './support/start-behind-wire.js';
import { type Running, startGateway } from './support/start-gateway.js';

interface Organization {
  readonly id: string;
  readonly description: string;
}

describe('caching', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let organization: string;
  let path: string;
  let users: Running['sandbox']['demo']['users'];
  let roles: Running['sandbox']['demo']['roles'];

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
    ({ users, roles } = running.sandbox.demo);
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Small', description: 'before' });
    organization = (json as Organization).id;
    path = `/api/organizations/${organization}`;
    await running.tokens.api('POST', `${path}/users`, { userIds: [users.owner, users.guest] });
    await running.tokens.api('PUT', `${path}/users/${users.owner}/roles`, { organizationRoleIds: [roles.owner] });
    running.sandbox.forget();
  });
  afterEach(() => {
    running.sandbox.faults.clear();
    running.sandbox.latencyMs = 0;
  });
  afterAll(() => running.close());

  const callsTo = (call: string): number => running.upstreamCalls().filter((made) => made === call).length;
  const read = async (): Promise<Organization> => (await client.get(path).expect(200)).body as Organization;

  describe('a read', () => {
    it('is forwarded and stored the first time, and a hit the second time', async () => {
      const first = await client.get(path).expect(200);
      expect(first.headers).toMatchObject({
        'cache-control': 'private, no-cache',
        'cache-status': expect.stringMatching(/^org-gateway; fwd=uri-miss; stored; ttl=(2[6-9]|3[0-3])$/),
        age: '0',
      });
      const second = await client.get(path).expect(200);
      expect(second.headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
      expect(second.headers['age']).toMatch(/^\d+$/);
      expect(second.text).toBe(first.text);
      expect(second.headers['etag']).toBe(first.headers['etag']);
      expect(running.upstreamCalls()).toEqual([`GET ${path}`]);
    });

    it('skips the cache with Cache-Control: no-cache, and refreshes it', async () => {
      await read();
      await running.tokens.api('PATCH', path, { description: 'behind the back' });
      expect((await read()).description).toBe('before');
      const { body, headers } = await client.get(path).set('cache-control', 'no-cache').expect(200);
      expect(body.description).toBe('behind the back');
      expect(headers['cache-status']).toMatch(/^org-gateway; fwd=request; stored; ttl=(2[6-9]|3[0-3])$/);
      expect((await read()).description).toBe('behind the back');
      expect(callsTo(`GET ${path}`)).toBe(2);
    });

    it.each(['no-cache', 'max-age=0, no-cache', 'No-Cache', 'no-store,no-cache'])(
      'heeds Cache-Control: %s',
      async (value) => {
        await read();
        await client.get(path).set('cache-control', value).expect(200);
        expect(callsTo(`GET ${path}`)).toBe(2);
      },
    );

    it.each([
      ['no-cache', false],
      ['max-age=0', false],
      ['max-age=0, no-cache', true],
      ['no-cache, max-age=0', true],
    ])('with If-None-Match and Cache-Control: %s asks Logto: %s', async (value, isAsked) => {
      const { headers } = await client.get(path).expect(200);
      const condition = { 'if-none-match': headers['etag'] ?? '', 'cache-control': value, pragma: 'no-cache' };
      await client.get(path).set(condition).expect(304);
      await running.tokens.api('PATCH', path, { description: 'behind the back' });
      running.sandbox.forget();
      await client
        .get(path)
        .set(condition)
        .expect(isAsked ? 200 : 304);
      expect(callsTo(`GET ${path}`)).toBe(isAsked ? 1 : 0);
    });

    it('of something that does not exist is cached briefly', async () => {
      const missing = '/api/organizations/nosuchorg000';
      const first = await client.get(missing).expect(404);
      const second = await client.get(missing).expect(404);
      expect(callsTo(`GET ${missing}`)).toBe(1);
      expect({ ...second.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
    });

    it('that Logto rejected or failed is not cached', async () => {
      const outsider = `${path}/users/${users.outsider}/roles`;
      await client.get(outsider).expect(422);
      await client.get(outsider).expect(422);
      expect(callsTo(`GET ${outsider}`)).toBe(2);
      running.sandbox.faults.add({ path: new RegExp(`${organization}$`), status: 500, times: 1 });
      await client.get(path).expect((response) => expect([200, 502]).toContain(response.status));
      await client.get(path).expect(200);
    });

    it('shows a caller nothing that only another may see', async () => {
      const { body } = await client.get(`${path}/users`).expect(200);
      const member = await running.as(running.tokens.organization(organization, users.owner));
      const theirs = await member.get(`${path}/users`).expect(200);
      expect(theirs.headers['cache-status']).toMatch(/; hit;/);
      expect(body[0]).toHaveProperty('customData');
      expect(theirs.body[0]).not.toHaveProperty('customData');
      const outsider = await running.as(running.tokens.organization(running.sandbox.demo.organization, users.guest));
      expect((await outsider.get(`${path}/users`).expect(403)).body.code).toBe('auth.organization_mismatch');
      await running.anonymous().get(`${path}/users`).expect(401);
    });
  });

  describe('an ETag', () => {
    it('is strong, and gives 304 in every form of If-None-Match', async () => {
      const { headers } = await client.get(path).expect(200);
      const etag = headers['etag'] ?? '';
      expect(etag).toMatch(/^"[\w-]+"$/);
      for (const value of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag},"more"`, '*']) {
        const answer = await client.get(path).set('if-none-match', value).expect(304);
        expect(answer.text).toBe('');
        expect(answer.headers).toMatchObject({
          etag,
          'cache-control': 'private, no-cache',
          vary: expect.stringContaining('Accept-Encoding'),
        });
        expect(answer.headers).not.toHaveProperty('content-type');
      }
      for (const value of ['"other"', etag.slice(1, -1), `"${etag.slice(1, -2)}"`])
        await client.get(path).set('if-none-match', value).expect(200);
    });

    it('changes with the representation', async () => {
      const before = (await client.get(path).expect(200)).headers['etag'] ?? '';
      const { headers } = await client.patch(path).send({ description: 'after' }).expect(200);
      const after = await client.get(path).set('if-none-match', before).expect(200);
      expect(after.headers['etag']).not.toBe(before);
      expect(after.headers['etag']).toBe(headers['etag']);
    });

    it('is ignored on a write’s If-None-Match', async () => {
      await client.patch(path).set('if-none-match', '*').send({ description: 'after' }).expect(200);
    });
  });

  describe('an encoding', () => {
    const long = '/api/organizations/fernweh00000/users?page_size=100';
    /** Raw bytes, because other clients decompress. */
    const fetchRaw = async (acceptEncoding: string | undefined, more: Record<string, string> = {}) => {
      const authorization = `Bearer ${await running.tokens.service()}`;
      const headers = {
        authorization,
        ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
        ...more,
      };
      return new Promise<{ status: number | undefined; headers: Record<string, unknown>; bytes: Buffer }>(
        (resolve, reject) => {
          get(running.gateway.url + long, { headers, agent: false }, (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () =>
              resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }),
            );
          }).on('error', reject);
        },
      );
    };

    it('has its own strong ETag, and any of them gives 304', async () => {
      const plain = await fetchRaw(undefined);
      const gzip = await fetchRaw('gzip');
      const br = await fetchRaw('gzip, br');
      expect([plain, gzip, br].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br']);
      expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
      expect(brotliDecompressSync(br.bytes).equals(plain.bytes)).toBe(true);
      const etags = [plain, gzip, br].map(({ headers }) => String(headers['etag']));
      expect(new Set(etags).size).toBe(3);
      for (const { headers, bytes } of [plain, gzip, br]) {
        expect(headers['etag']).toMatch(/^"[^"]+"$/);
        expect(headers['vary']).toContain('Accept-Encoding');
        expect(headers['content-length']).toBe(String(bytes.length));
      }
      for (const etag of etags) {
        for (const accepted of [undefined, 'gzip', 'br'])
          expect((await fetchRaw(accepted, { 'if-none-match': etag })).status).toBe(304);
      }
    });

    it('is not used when the client accepts none', async () => {
      for (const accepted of ['identity', 'gzip;q=0, br;q=0', 'zstd'])
        expect((await fetchRaw(accepted)).headers['content-encoding']).toBeUndefined();
    });

    it('is not used below 1 kB, but Vary is sent', async () => {
      const { headers } = await client.get(path).set('accept-encoding', 'gzip, br').expect(200);
      expect(headers).not.toHaveProperty('content-encoding');
      expect(headers['vary']).toContain('Accept-Encoding');
    });
  });

  describe('coalescing', () => {
    it('makes one upstream call for 50 concurrent cold reads', async () => {
      const released = deferred<void>();
      running.sandbox.faults.add({ path: new RegExp(`${organization}$`), delayUntil: released.promise });
      const arrived = untilArrived(50, running.gateway.url + path);
      const reading = Promise.all(Array.from({ length: 50 }, () => client.get(path).expect(200)));
      await arrived;
      released.resolve();
      const answers = await reading;
      expect(running.upstreamCalls()).toEqual([`GET ${path}`]);
      const statuses = answers.map(({ headers }) => headers['cache-status'] ?? '');
      expect(statuses.filter((status) => status.includes('collapsed')).length).toBeGreaterThan(0);
      expect(
        statuses.filter((status) => status.startsWith('org-gateway; fwd=uri-miss') && !status.includes('collapsed')),
      ).toHaveLength(1);
    });

    it('makes one upstream call per part for 20 concurrent cold overviews', async () => {
      running.sandbox.latencyMs = 50;
      await client.get('/api/organization-roles?page_size=100').expect(200);
      running.sandbox.forget();
      await Promise.all(Array.from({ length: 20 }, () => client.get(`${path}/overview`).expect(200)));
      expect(running.upstreamCalls().toSorted()).toEqual([`GET ${path}`, `GET ${path}/users?page=1&page_size=100`]);
    });

    it('never merges writes', async () => {
      running.sandbox.latencyMs = 50;
      await Promise.all(
        [1, 2, 3].map((number) =>
          client
            .patch(path)
            .send({ description: `write ${number}` })
            .expect(200),
        ),
      );
      expect(callsTo(`PATCH ${path}`)).toBe(3);
    });
  });

  describe('own writes', () => {
    const member = () => `${path}/users/${users.guest}`;
    const memberIds = async (url: string) =>
      ((await client.get(url).expect(200)).body as { id: string }[]).map(({ id }) => id).toSorted();

    it.each<[string, () => Promise<unknown>, () => Promise<unknown>, () => unknown]>([
      [
        'PATCH organization',
        () => client.patch(path).send({ description: 'after' }).expect(200),
        async () => (await read()).description,
        () => 'after',
      ],
      [
        'PATCH organization, in lists',
        () => client.patch(path).send({ description: 'after' }).expect(200),
        async () =>
          ((await client.get(`/api/organizations?q=${organization}`).expect(200)).body as Organization[])[0]
            ?.description,
        () => 'after',
      ],
      [
        'DELETE organization',
        () => client.delete(path).expect(204),
        async () => (await client.get(path)).status,
        () => 404,
      ],
      [
        'DELETE organization, in lists',
        () => client.delete(path).expect(204),
        () => memberIds(`/api/organizations?q=${organization}`),
        () => [],
      ],
      [
        'DELETE organization, for its members',
        () => client.delete(path).expect(204),
        async () => (await client.get(`${path}/users`)).status,
        () => 404,
      ],
      [
        'POST members',
        () =>
          client
            .post(`${path}/users`)
            .send({ userIds: [users.outsider] })
            .expect(201),
        () => memberIds(`${path}/users`),
        () => [users.owner, users.guest, users.outsider].toSorted(),
      ],
      [
        'PUT members',
        () =>
          client
            .put(`${path}/users`)
            .send({ userIds: [users.guest] })
            .expect(204),
        () => memberIds(`${path}/users?page_size=1`),
        () => [users.guest],
      ],
      [
        'DELETE member',
        () => client.delete(member()).expect(204),
        async () => (await client.get(`${member()}/roles`)).status,
        () => 422,
      ],
      [
        'DELETE member, in counts',
        () => client.delete(member()).expect(204),
        async () =>
          (
            (await client.get(`/api/organizations?q=${organization}&showFeatured=1`).expect(200)).body as {
              usersCount: number;
            }[]
          )[0]?.usersCount,
        () => 1,
      ],
      [
        'POST roles of many',
        () =>
          client
            .post(`${path}/users/roles`)
            .send({ userIds: [users.guest], organizationRoleIds: [roles.guest] })
            .expect(201),
        () => memberIds(`${path}/users?organizationRoleId=${roles.guest}`),
        () => [users.guest],
      ],
      [
        'POST roles',
        () =>
          client
            .post(`${member()}/roles`)
            .send({ organizationRoleIds: [roles.member] })
            .expect(201),
        () => memberIds(`${member()}/roles`),
        () => [roles.member],
      ],
      [
        'PUT roles',
        () => client.put(`${path}/users/${users.owner}/roles`).send({ organizationRoleIds: [] }).expect(204),
        () => memberIds(`${path}/users/${users.owner}/scopes`),
        () => [],
      ],
      [
        'DELETE role',
        () => client.delete(`${path}/users/${users.owner}/roles/${roles.owner}`).expect(204),
        () => memberIds(`${path}/users?organizationRoleId=${roles.owner}`),
        () => [],
      ],
    ])('%s: no read afterwards is stale', async (_what, write, readAfter, expected) => {
      const before = await readAfter();
      expect(before).not.toEqual(expected());
      await write();
      expect(await readAfter()).toEqual(expected());
    });

    it('POST organization: lists have it at once', async () => {
      const list = () => memberIds('/api/organizations?q=just%20born');
      expect(await list()).toEqual([]);
      const { body } = await client.post('/api/organizations').send({ name: 'just born' }).expect(201);
      expect(await list()).toEqual([body.id]);
    });

    it('invalidate nothing that they do not change', async () => {
      const other = '/api/organizations/studio000000';
      await client.get(other).expect(200);
      await client.get(`${other}/users`).expect(200);
      await client.patch(path).send({ description: 'after' }).expect(200);
      await client.put(`${path}/users`).send({ userIds: [] }).expect(204);
      running.sandbox.forget();
      await client.get(other).expect(200);
      await client.get(`${other}/users`).expect(200);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('are not hidden by a slow read that started before and ends after', async () => {
      // Logto's reply has the state from before the write, and arrives late.
      const released = deferred<void>();
      running.sandbox.faults.add({
        method: 'GET',
        path: new RegExp(`${organization}$`),
        times: 1,
        holdUntil: released.promise,
      });
      let isOver = false;
      const slow = client.get(path).then((response) => {
        isOver = true;
        return response;
      });
      await until('the slow read to reach Logto', () => callsTo(`GET ${path}`) === 1);
      await client.patch(path).send({ description: 'after' }).expect(200);

      // A read after the write does not wait for the old reply, and does not get it.
      expect((await read()).description).toBe('after');
      expect(isOver).toBe(false);
      released.resolve();
      expect((await slow).body.description).toBe('before');
      expect((await read()).description).toBe('after');
      expect(callsTo(`GET ${path}`)).toBe(2);
    });

    it('are not hidden by a read that started before the write and ended during it', async () => {
      const released = deferred<void>();
      running.sandbox.faults.add({
        method: 'PATCH',
        path: new RegExp(`${organization}$`),
        delayUntil: released.promise,
      });
      const write = client
        .patch(path)
        .send({ description: 'after' })
        .then((response) => response);
      await until('the write to reach Logto', () => callsTo(`PATCH ${path}`) === 1);
      expect((await read()).description).toBe('before');
      released.resolve();
      await write;
      expect((await read()).description).toBe('after');
    });

    it('prevent caching of what they may change while they are in progress', async () => {
      const released = deferred<void>();
      running.sandbox.faults.add({
        method: 'PATCH',
        path: new RegExp(`${organization}$`),
        delayUntil: released.promise,
      });
      await read();
      const write = client
        .patch(path)
        .send({ description: 'after' })
        .then((response) => response);
      await until('the write to reach Logto', () => callsTo(`PATCH ${path}`) === 1);
      for (const count of [2, 3]) {
        const { headers } = await client.get(path).expect(200);
        expect(headers['cache-status']).not.toMatch(/hit|stored/);
        expect(callsTo(`GET ${path}`)).toBe(count);
      }
      released.resolve();
      await write;
      expect((await read()).description).toBe('after');
    });

    it('count as performed when Logto fails after performing them', async () => {
      await read();
      running.sandbox.faults.add({ method: 'PATCH', path: new RegExp(`${organization}$`), reset: 'after' });
      await client.patch(path).send({ description: 'after' }).expect(504);
      expect((await read()).description).toBe('after');
    });
  });
});

describe('caching while Logto is unreachable', () => {
  const path = '/api/organizations/fernweh00000';
  let far: BehindWire;
  let client: Awaited<ReturnType<BehindWire['gateway']['as']>>;

  beforeAll(async () => {
    // The circuit opens after two failures, and stays open.
    far = await startBehindWire({ UPSTREAM_BREAKER_CALLS: '2', UPSTREAM_BREAKER_OPEN_MS: '60000' });
    client = await far.gateway.as();
  });
  afterAll(() => far.close());

  it('invalidates nothing for a write that was never sent', async () => {
    const overview = () => client.get(`${path}/overview`).expect(200);
    const before = await overview();
    await client.get(path).expect(200);
    await far.cut();
    far.sandbox.forget();
    // The first connections are refused, then the circuit is open.
    for (const description of ['one', 'two', 'three', 'four']) {
      const { body, headers } = await client.patch(path).send({ description }).expect(503);
      expect(body.code).toBe('upstream.unavailable');
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      const after = await overview();
      expect(after.headers['x-aggregate-complete']).toBe('true');
      expect(after.headers['etag']).toBe(before.headers['etag']);
      expect((await client.get(path).expect(200)).headers['cache-status']).toMatch(/^org-gateway; hit/);
    }
    await client.delete(`${path}/users/ada000000000`).expect(503);
    expect((await overview()).headers['etag']).toBe(before.headers['etag']);
    expect(far.upstreamCalls()).toEqual([]);
  });
});

describe('without a cache', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ CACHE_MAX_BYTES: '0' });
  });
  afterAll(() => running.close());

  it('every read asks Logto, and still has an ETag', async () => {
    const client = await running.as();
    running.sandbox.forget();
    const { headers } = await client.get('/api/organizations/fernweh00000').expect(200);
    await client
      .get('/api/organizations/fernweh00000')
      .set('if-none-match', headers['etag'] ?? '')
      .expect(304);
    expect(running.upstreamCalls()).toHaveLength(2);
  });
});
