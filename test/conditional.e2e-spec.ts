import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';
const MERGE = 'application/merge-patch+json';

interface Organization {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly customData: Record<string, unknown>;
  readonly color: Record<string, unknown>;
  readonly branding: Record<string, unknown>;
}

describe('conditional writes and merge patches', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let id: string;
  let path: string;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', {
      name: 'Acme',
      description: 'first',
      customData: { keep: 1, drop: 2, deep: { x: 1, y: 2 }, list: [1, 2], filler: 'x'.repeat(2000) },
      color: { primaryColor: '#111111', darkPrimaryColor: '#222222' },
      branding: { logoUrl: 'https://cdn.example.test/a.png' },
    });
    ({ id } = json as Organization);
    path = `/api/organizations/${id}`;
    running.sandbox.forget();
  });
  afterEach(() => {
    running.sandbox.faults.clear();
    running.sandbox.latencyMs = 0;
  });
  afterAll(() => running.close());

  const atLogto = async (): Promise<Organization> => (await running.tokens.api('GET', path)).json as Organization;
  const behindItsBack = (changes: object) => running.tokens.api('PATCH', path, changes);
  const etagAs = async (encoding = 'identity'): Promise<string> => {
    const { headers } = await client.get(path).set('accept-encoding', encoding).expect(200);
    expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
    return headers['etag'] ?? '';
  };
  const writes = (): string[] => running.upstreamCalls().filter((call) => !call.startsWith('GET'));
  const merge = (patch: object | string) =>
    client
      .patch(path)
      .set('content-type', MERGE)
      .send(typeof patch === 'string' ? patch : JSON.stringify(patch));

  describe('If-Match', () => {
    it.each(['identity', 'gzip', 'br'])('permits a PATCH with the ETag of the %s response', async (encoding) => {
      const etag = await etagAs(encoding);
      const { body } = await client.patch(path).set('if-match', etag).send({ description: 'second' }).expect(200);
      expect(body.description).toBe('second');
      expect(writes()).toEqual([`PATCH ${path}`]);
    });

    it('permits a PATCH with the ETag of the previous PATCH', async () => {
      const first = await client
        .patch(path)
        .set('if-match', await etagAs())
        .send({ description: 'second' })
        .expect(200);
      const second = await client
        .patch(path)
        .set('if-match', first.headers['etag'] ?? '')
        .send({ description: 'third' })
        .expect(200);
      expect(second.body.description).toBe('third');
      await client
        .patch(path)
        .set('if-match', first.headers['etag'] ?? '')
        .send({ description: 'fourth' })
        .expect(412);
    });

    it('permits a DELETE with the current ETag', async () => {
      await client
        .delete(path)
        .set('if-match', await etagAs())
        .expect(204);
      await client.get(path).expect(404);
    });

    it.each(['patch', 'delete'] as const)(
      'is 412 on %s with an outdated ETag, and nothing is sent to Logto',
      async (method) => {
        const old = await etagAs();
        await client.patch(path).send({ description: 'second' }).expect(200);
        running.sandbox.forget();
        const { body, headers } = await client[method](path)
          .set('if-match', old)
          .send({ description: 'lost update' })
          .expect(412)
          .expect('content-type', 'application/problem+json');
        expect(body).toMatchObject({
          code: 'precondition_failed',
          status: 412,
          type: '/problems/precondition-failed',
          instance: path,
        });
        expect(headers['cache-control']).toBe('no-store');
        expect(writes()).toEqual([]);
        expect((await atLogto()).description).toBe('second');
      },
    );

    it.each(['patch', 'delete'] as const)('is 412 on %s after a change made directly at Logto', async (method) => {
      const etag = await etagAs();
      await behindItsBack({ description: 'behind' });
      running.sandbox.forget();
      await client[method](path).set('if-match', etag).send({ description: 'lost update' }).expect(412);
      expect(writes()).toEqual([]);
      expect((await atLogto()).description).toBe('behind');
      // The check has updated the cache: the current organization is returned, and its ETag is valid.
      expect((await client.get(path).expect(200)).body.description).toBe('behind');
      await client[method](path)
        .set('if-match', await etagAs())
        .send({ description: 'after' })
        .expect(method === 'patch' ? 200 : 204);
    });

    it('never matches a weak tag', async () => {
      await client
        .patch(path)
        .set('if-match', `W/${await etagAs()}`)
        .send({ description: 'x' })
        .expect(412);
      expect(writes()).toEqual([]);
    });

    it('matches one of several', async () => {
      await client
        .patch(path)
        .set('if-match', `"other", W/"weak", ${await etagAs()}`)
        .send({ description: 'x' })
        .expect(200);
    });

    it.each(['"other"', 'no-quotes', '"other", "another"'])('does not match %s', async (header) => {
      await client.patch(path).set('if-match', header).send({ description: 'x' }).expect(412);
      expect(writes()).toEqual([]);
    });

    it('* matches any existing organization, but not an unknown one', async () => {
      await client.patch(path).set('if-match', '*').send({ description: 'any' }).expect(200);
      await client.patch(`/api/organizations/${UNKNOWN}`).set('if-match', '*').send({ description: 'any' }).expect(404);
      await client.delete(path).set('if-match', '*').expect(204);
    });

    it('is checked after the body is validated', async () => {
      await client.patch(path).set('if-match', '"other"').send({ nonsense: 1 }).expect(400);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('costs one read in addition to the write', async () => {
      await client.patch(path).set('if-match', '*').send({ description: 'x' }).expect(200);
      expect(running.upstreamCalls()).toEqual([`GET ${path}`, `PATCH ${path}`]);
      running.sandbox.forget();
      await client.patch(path).send({ description: 'y' }).expect(200);
      expect(running.upstreamCalls()).toEqual([`PATCH ${path}`]);
    });

    it('permits one of twenty concurrent writes with the same ETag', async () => {
      const etag = await etagAs();
      running.sandbox.latencyMs = 5;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          client
            .patch(path)
            .set('if-match', etag)
            .send({ description: `writer ${index}` }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(19);
      expect((await atLogto()).description).toBe(answers.find(({ status }) => status === 200)?.body.description);
    });

    it('applies to a merge patch, too', async () => {
      const old = await etagAs();
      await merge({ description: 'second' }).set('if-match', old).expect(200);
      await merge({ description: 'third' }).set('if-match', old).expect(412);
      expect((await atLogto()).description).toBe('second');
    });

    it('prevents the write if the organization cannot be read', async () => {
      running.sandbox.faults.add({ method: 'GET', path: new RegExp(`^${path}$`), status: 500 });
      await client.patch(path).set('if-match', '*').send({ description: 'x' }).expect(502);
      expect(writes()).toEqual([]);
    });
  });

  describe('application/merge-patch+json', () => {
    it('merges recursively, removes with null, and replaces lists', async () => {
      const { body } = await merge({
        customData: { drop: null, filler: null, deep: { y: 3, z: 4 }, list: [9] },
      }).expect(200);
      const merged = { keep: 1, deep: { x: 1, y: 3, z: 4 }, list: [9] };
      expect(body.customData).toEqual(merged);
      expect((await atLogto()).customData).toEqual(merged);
      expect((await client.get(path).expect(200)).body.customData).toEqual(merged);
    });

    it('merges into the current value, not into the cached one', async () => {
      await client.get(path).expect(200);
      await behindItsBack({ customData: { behind: true } });
      expect((await merge({ customData: { mine: 1 } }).expect(200)).body.customData).toEqual({ behind: true, mine: 1 });
    });

    it('creates missing parent objects for a null', async () => {
      const { body } = await merge({
        customData: { filler: null, fresh: { gone: null, here: 1 }, keep: { now: 'an object' } },
      }).expect(200);
      expect(body.customData).toMatchObject({ fresh: { here: 1 }, keep: { now: 'an object' } });
      expect(body.customData.fresh).toEqual({ here: 1 });
    });

    it('keeps null within a list', async () => {
      expect((await merge({ customData: { list: [null, { a: null }] } }).expect(200)).body.customData.list).toEqual([
        null,
        { a: null },
      ]);
    });

    it('merges color and branding', async () => {
      const { body } = await merge({
        color: { primaryColor: '#333333' },
        branding: { favicon: 'https://cdn.example.test/f.png' },
      }).expect(200);
      expect(body.color).toEqual({ primaryColor: '#333333', darkPrimaryColor: '#222222' });
      expect(body.branding).toEqual({
        logoUrl: 'https://cdn.example.test/a.png',
        favicon: 'https://cdn.example.test/f.png',
      });
      const removed = await merge({ color: { darkPrimaryColor: null }, branding: { logoUrl: null } }).expect(200);
      expect(removed.body.color).toEqual({ primaryColor: '#333333' });
      expect(removed.body.branding).toEqual({ favicon: 'https://cdn.example.test/f.png' });
    });

    it('empties customData and clears the description with null', async () => {
      const { body } = await merge({ customData: null, description: null }).expect(200);
      expect(body).toMatchObject({ customData: {}, description: null, name: 'Acme' });
      expect(body.customData).toEqual({});
    });

    it('empties color and branding with null', async () => {
      await merge({
        color: { primaryColor: '#123456' },
        branding: { favicon: 'https://cdn.example.test/f.png' },
      }).expect(200);
      const { body } = await merge({ color: null, branding: null }).expect(200);
      expect([body.color, body.branding]).toEqual([{}, {}]);
    });

    it('sends only the given fields to Logto', async () => {
      await merge({ description: 'second' }).expect(200);
      expect(JSON.parse(running.sandbox.requests.at(-1)?.body ?? '')).toEqual({ description: 'second' });
      expect(running.sandbox.requests.at(-1)?.headers['content-type']).toMatch(/^application\/json/);
    });

    it('changes other fields without any read but that of the organization', async () => {
      await merge({ name: 'Renamed', customData: { added: 1 } }).expect(200);
      expect(running.upstreamCalls()).toEqual([`GET ${path}`, `PATCH ${path}`]);
      expect(await atLogto()).toMatchObject({
        name: 'Renamed',
        description: 'first',
        customData: { keep: 1, added: 1 },
      });
    });

    it.each<[string, object, string[]]>([
      ['a name that is null', { name: null }, ['/name']],
      ['unknown fields', { nonsense: 1, tenantId: 'x' }, ['/nonsense', '/tenantId']],
      ['an unknown color', { color: { shade: '#fff', primaryColor: 'red' } }, ['/color/primaryColor', '/color/shade']],
      ['customData that is not an object', { customData: [1] }, ['/customData']],
      ['isMfaRequired that is null', { isMfaRequired: null }, ['/isMfaRequired']],
      ['several at once', { name: '', description: 5, customCss: 1 }, ['/customCss', '/description', '/name']],
    ])('refuses %s', async (_what, patch, pointers) => {
      const { body } = await merge(patch).expect(400);
      expect(body.code).toBe('guard.invalid_input');
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(pointers);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each(['[]', '"text"', 'null', '{"customData":', '{"customData":{"__proto__":{"x":1}}}'])(
      'refuses the body %s',
      async (body) => {
        expect((await merge(body).expect(400)).body.code).toBe('guard.invalid_input');
        expect(running.upstreamCalls()).toEqual([]);
      },
    );

    it('is 404 for an unknown organization, and writes nothing', async () => {
      const { body } = await client
        .patch(`/api/organizations/${UNKNOWN}`)
        .set('content-type', MERGE)
        .send('{"customData":{"a":1}}')
        .expect(404);
      expect(body.code).toMatch(/^entity\.not_exists/);
      expect(writes()).toEqual([]);
    });

    it('accepts parameters of the media type, and any case', async () => {
      await client
        .patch(path)
        .set('content-type', `${MERGE}; charset=utf-8`)
        .send('{"customData":{"filler":null}}')
        .expect(200);
      const { body } = await client
        .patch(path)
        .set('content-type', 'Application/Merge-Patch+JSON')
        .send('{"customData":{"a":1}}')
        .expect(200);
      expect(body.customData).toMatchObject({ keep: 1, a: 1 });
    });

    it('merges, while application/json replaces', async () => {
      const { body } = await client
        .patch(path)
        .send({ customData: { only: 1 } })
        .expect(200);
      expect(body.customData).toEqual({ only: 1 });
    });

    it.each([
      ['POST', '/api/organizations'],
      ['POST', '/api/organizations/fernweh00000/members'],
      ['PUT', '/api/organizations/fernweh00000/users'],
    ] as const)('is 415 for %s %s', async (method, target) => {
      const { body, headers } = await client[method === 'POST' ? 'post' : 'put'](target)
        .set('content-type', MERGE)
        .send('{"name":"x"}')
        .expect(415);
      expect(body).toMatchObject({ status: 415, type: '/problems/unsupported-media-type' });
      expect(headers['accept']).toBe('application/json');
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('loses none of a hundred concurrent patches to different names', async () => {
      running.sandbox.latencyMs = 2;
      const names = Array.from({ length: 100 }, (_, index) => `key${index}`);
      const answers = await Promise.all(names.map((name, index) => merge({ customData: { [name]: index } })));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const { customData } = await atLogto();
      expect(names.filter((name, index) => customData[name] !== index)).toEqual([]);
      expect(customData['keep']).toBe(1);
    });

    it('continues with the next patch when one fails', async () => {
      running.sandbox.faults.add({ method: 'PATCH', status: 500, skip: 1, times: 1 });
      const answers = await Promise.all([1, 2, 3].map((number) => merge({ customData: { [`key${number}`]: number } })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 502]);
      const { customData } = await atLogto();
      expect(Object.keys(customData).filter((name) => name.startsWith('key'))).toHaveLength(2);
    });
  });
});
