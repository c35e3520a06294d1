import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const UNKNOWN = 'nosuchorg000';

describe('organizations', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  let acme: string;

  beforeAll(async () => {
    running = await startGateway();
    client = await running.as();
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', {
      name: 'Acme',
      description: 'Robots',
      customData: { plan: 'pro' },
    });
    acme = (json as { id: string }).id;
    running.sandbox.forget();
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const pointersOf = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer).toSorted();

  describe('GET /api/organizations', () => {
    it('lists the first twenty, with the total', async () => {
      const { headers, body } = await client
        .get('/api/organizations')
        .expect(200)
        .expect('content-type', /^application\/json/);
      expect(Number(headers['total-number'])).toBeGreaterThanOrEqual(5);
      expect(body).toContainEqual(expect.objectContaining({ id: 'fernweh00000', name: 'Fernweh Travel' }));
      expect(running.upstreamCalls()).toEqual(['GET /api/organizations?page=1&page_size=20']);
    });

    it('searches for a part of the name, case-insensitively', async () => {
      const { headers, body } = await client.get('/api/organizations?q=fERNWEH%20tr').expect(200);
      expect(body).toMatchObject([{ id: 'fernweh00000' }]);
      expect(headers['total-number']).toBe('1');
    });

    it('treats an empty search as none', async () => {
      await client.get('/api/organizations?q=&page=1').expect(200);
      expect(running.upstreamCalls().every((call) => !call.includes('q='))).toBe(true);
    });

    it.each(['true', '1', 'YES', 'y'])('shows featured users for showFeatured=%s', async (value) => {
      const { body } = await client.get(`/api/organizations?q=fernweh00000&showFeatured=${value}`).expect(200);
      expect(body).toMatchObject([{ usersCount: 250, featuredUsers: [{ id: expect.any(String) }, {}, {}] }]);
    });

    it.each(['false', '0', 'on', ''])('shows none for showFeatured=%s', async (value) => {
      const { body } = await client.get(`/api/organizations?q=fernweh00000&showFeatured=${value}`).expect(200);
      expect(body[0]).not.toHaveProperty('usersCount');
    });

    it('reports all faults of the query at once', async () => {
      const { body } = await client
        .get('/api/organizations?q=a&q=b&page=0&page_size=101&showFeatured=1&showFeatured=1')
        .expect(400);
      expect(body.code).toBe('guard.invalid_input');
      expect(pointersOf(body)).toEqual(['/page', '/page_size', '/q', '/showFeatured']);
      expect(body.errors.every((fault: { in: string }) => fault.in === 'query')).toBe(true);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('refuses a NUL in the search, which would crash Logto', async () => {
      const { body } = await client.get('/api/organizations?q=a%00b').expect(400);
      expect(body.errors).toEqual([{ in: 'query', pointer: '/q', code: 'nul_character', detail: expect.any(String) }]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('refuses a search longer than 256 characters', async () => {
      await client.get(`/api/organizations?q=${'x'.repeat(256)}`).expect(200);
      expect(pointersOf((await client.get(`/api/organizations?q=${'x'.repeat(257)}`).expect(400)).body)).toEqual([
        '/q',
      ]);
    });
  });

  describe('POST /api/organizations', () => {
    it('creates an organization and returns its location', async () => {
      const { body, headers } = await client.post('/api/organizations').send({ name: 'New' }).expect(201);
      expect(body).toMatchObject({ name: 'New', description: null, customData: {}, isMfaRequired: false });
      const { pathname } = new URL(headers['location'] ?? '', running.gateway.url);
      expect(pathname).toBe(`/api/organizations/${body.id}`);
      expect((await client.get(pathname).expect(200)).body).toEqual(body);
    });

    it('passes all fields on unchanged', async () => {
      const sent = {
        name: 'Full',
        description: 'All of it',
        customData: { nested: { list: [1, null, 'x', { deep: true }] } },
        isMfaRequired: true,
        color: { primaryColor: '#123456', isDarkModeEnabled: true, darkPrimaryColor: '#abc' },
        branding: {
          logoUrl: 'https://cdn.example.test/a.png',
          darkLogoUrl: 'https://cdn.example.test/b.png',
          favicon: 'https://cdn.example.test/c.png',
          darkFavicon: 'https://cdn.example.test/d.png',
        },
        customCss: 'a { color: red }',
      };
      expect((await client.post('/api/organizations').send(sent).expect(201)).body).toMatchObject(sent);
      expect(JSON.parse(running.sandbox.requests.at(-1)?.body ?? '')).toEqual(sent);
    });

    it('counts 128 characters in UTF-16 units, as Logto does', async () => {
      await client
        .post('/api/organizations')
        .send({ name: '😀'.repeat(64) })
        .expect(201);
      const { body } = await client
        .post('/api/organizations')
        .send({ name: '😀'.repeat(64) + 'x' })
        .expect(400);
      expect(pointersOf(body)).toEqual(['/name']);
    });

    it('reports all faults at once, including unknown fields and NULs', async () => {
      const { body } = await client
        .post('/api/organizations')
        .send({
          name: '',
          description: 5,
          customData: { a: ['ok', 'n\0'] },
          isMfaRequired: 'yes',
          color: { primaryColor: 'red', shade: 1 },
          branding: { logoUrl: 'logo.png' },
          customCss: 1,
          extra: 1,
          tenantId: 'default',
        })
        .expect(400);
      expect(body.code).toBe('guard.invalid_input');
      expect(pointersOf(body)).toEqual([
        '/branding/logoUrl',
        '/color/primaryColor',
        '/color/shade',
        '/customCss',
        '/customData/a/1',
        '/description',
        '/extra',
        '/isMfaRequired',
        '/name',
        '/tenantId',
      ]);
      expect(body.errors).toContainEqual({
        in: 'body',
        pointer: '/extra',
        code: 'unknown_field',
        detail: 'extra is not a field of this request',
      });
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      ['an empty object', {}, ['/name']],
      ['null as the name', { name: null }, ['/name']],
      ['null as an object', { name: 'x', customData: null, color: null }, ['/color', '/customData']],
      ['a list as an object', { name: 'x', customData: [], branding: [] }, ['/branding', '/customData']],
      ['a description of 257 characters', { name: 'x', description: 'd'.repeat(257) }, ['/description']],
      ['fields that Logto generates', { name: 'x', id: 'mine', createdAt: 1 }, ['/createdAt', '/id']],
    ])('refuses %s', async (_what, body, pointers) => {
      expect(pointersOf((await client.post('/api/organizations').send(body).expect(400)).body)).toEqual(pointers);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it.each([
      ['__proto__', '{"name":"x","__proto__":{"admin":true}}', '/__proto__'],
      ['__proto__ inside', '{"name":"x","customData":{"a":{"__proto__":{"admin":true}}}}', '/customData/a/__proto__'],
      [
        'constructor.prototype',
        '{"name":"x","customData":{"constructor":{"prototype":{"admin":true}}}}',
        '/customData/constructor',
      ],
    ])('refuses %s, which could pollute prototypes', async (_what, json, pointer) => {
      const { body } = await client.post('/api/organizations').type('json').send(json).expect(400);
      expect(body.errors).toMatchObject([{ in: 'body', pointer, code: 'forbidden_name' }]);
      expect(running.upstreamCalls()).toEqual([]);
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('refuses very deep nesting', async () => {
      const deep = `{"name":"x","customData":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
      await client.post('/api/organizations').type('json').send(deep).expect(400);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('keeps customData unchanged, whatever its fields are called', async () => {
      const customData = { prototype: 'v1', constructor: 'Smith & Sons', toString: 'x' };
      const { body } = await client.post('/api/organizations').send({ name: 'x', customData }).expect(201);
      expect(body.customData).toEqual(customData);
    });
  });

  describe('GET /api/organizations/{id}', () => {
    it('returns Logto’s response byte for byte', async () => {
      const { text } = await client.get(`/api/organizations/${acme}`).expect(200);
      expect(JSON.parse(text)).toEqual((await running.tokens.api('GET', `/api/organizations/${acme}`)).json);
      expect(running.upstreamCalls()[0]).toBe(`GET /api/organizations/${acme}`);
    });

    it.each([UNKNOWN, 'x'.repeat(128), 'ACME'])('is 404 with Logto’s code for %s', async (id) => {
      const { body } = await client.get(`/api/organizations/${id}`).expect(404);
      expect(body).toMatchObject({
        code: 'entity.not_exists_with_id',
        type: '/problems/not-found',
        instance: `/api/organizations/${id}`,
      });
    });

    it.each([
      '%20',
      'a%2Fb',
      '%27%20or%201=1--',
      'a%00b',
      'a.b',
      'x'.repeat(129),
      'caf%C3%A9',
      '..%2F..',
      '%2e%2e%2fx',
    ])('refuses the id %s without a call to Logto', async (id) => {
      const { body } = await client.get(`/api/organizations/${id}`).expect(400);
      expect(body.errors).toMatchObject([{ in: 'path', pointer: '/id' }]);
      expect(running.upstreamCalls()).toEqual([]);
    });
  });

  describe('PATCH /api/organizations/{id}', () => {
    it('changes the given fields and keeps the others', async () => {
      const { body } = await client
        .patch(`/api/organizations/${acme}`)
        .send({ description: 'Better robots' })
        .expect(200);
      expect(body).toMatchObject({ id: acme, name: 'Acme', description: 'Better robots', customData: { plan: 'pro' } });
    });

    it('replaces objects as a whole, as Logto does', async () => {
      const { body } = await client
        .patch(`/api/organizations/${acme}`)
        .send({ customData: { seats: 5 } })
        .expect(200);
      expect(body.customData).toEqual({ seats: 5 });
    });

    it('clears the description with null', async () => {
      expect(
        (await client.patch(`/api/organizations/${acme}`).send({ description: null }).expect(200)).body.description,
      ).toBeNull();
    });

    it('keeps Logto’s code for an empty change and for an unknown organization', async () => {
      expect((await client.patch(`/api/organizations/${acme}`).send({}).expect(422)).body.code).toBe(
        'entity.invalid_input',
      );
      expect((await client.patch(`/api/organizations/${UNKNOWN}`).send({ name: 'x' }).expect(404)).body.code).toBe(
        'entity.not_exists',
      );
    });

    it.each(['createdAt', 'tenantId', 'id', 'nonsense'])(
      'refuses %s by name, which Logto would accept, drop or fail on',
      async (field) => {
        const { body } = await client
          .patch(`/api/organizations/${acme}`)
          .send({ description: 'x', [field]: 1 })
          .expect(400);
        expect(body.errors).toMatchObject([{ in: 'body', pointer: `/${field}`, code: 'unknown_field' }]);
        expect(running.upstreamCalls()).toEqual([]);
      },
    );

    it('reports the faults of path and body together', async () => {
      const { body } = await client.patch('/api/organizations/a.b').send({ name: '', extra: 1 }).expect(400);
      expect(body.errors.map((fault: { in: string; pointer: string }) => fault.in + fault.pointer).toSorted()).toEqual([
        'body/extra',
        'body/name',
        'path/id',
      ]);
    });
  });

  describe('DELETE /api/organizations/{id}', () => {
    it('deletes once; afterwards the organization is gone in all routes', async () => {
      await client.get(`/api/organizations/${acme}`).expect(200);
      const { text, headers } = await client.delete(`/api/organizations/${acme}`).expect(204);
      expect(text).toBe('');
      expect(headers).not.toHaveProperty('content-length');
      expect((await client.delete(`/api/organizations/${acme}`).expect(404)).body.code).toBe('entity.not_found');
      expect((await client.get(`/api/organizations/${acme}`).expect(404)).body.code).toBe('entity.not_exists_with_id');
      expect((await client.get(`/api/organizations?q=${acme}`).expect(200)).body).toEqual([]);
    });
  });

  describe('pages', () => {
    const linksOf = (header = ''): Record<string, string> =>
      Object.fromEntries([...header.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel, url]));

    it('are linked under the gateway’s own URL, with the other parameters', async () => {
      const { headers } = await client
        .get('/api/organizations?q=e&other=a%20b&page=2&page_size=1')
        .set({ host: 'evil.example.test', 'x-forwarded-host': 'evil.example.test', 'x-forwarded-proto': 'https' })
        .expect(200);
      const last = headers['total-number'];
      const page = (number: string | number) =>
        `${running.gateway.url}/api/organizations?q=e&other=a+b&page=${number}&page_size=1`;
      expect(linksOf(headers['link'])).toEqual({
        first: page(1),
        prev: page(1),
        next: page(3),
        last: page(last ?? ''),
      });
    });

    it('are empty beyond the end', async () => {
      const { headers, body } = await client.get('/api/organizations?q=fernweh00000&page=9').expect(200);
      expect(body).toEqual([]);
      expect(headers['total-number']).toBe('1');
      expect(linksOf(headers['link'])['prev']).toContain('page=1&');
    });

    it.each([
      'page=0',
      'page=-1',
      'page=1.5',
      'page=1e1',
      'page=0x2',
      'page=%201',
      'page=%2B2',
      'page=',
      'page=abc',
      'page=NaN',
      'page=1&page=2',
      'page=99999999999',
      'page_size=0',
      'page_size=101',
      'page_size=1.5',
      'page_size=',
    ])('are refused with ?%s', async (query) => {
      const { body } = await client.get(`/api/organizations?${query}`).expect(400);
      expect(body.code).toBe('guard.invalid_pagination');
      expect(body.errors).toMatchObject([{ in: 'query', pointer: `/${query.split('=')[0]}` }]);
      expect(running.upstreamCalls()).toEqual([]);
    });

    it('start at 1 and may have 100 items', async () => {
      await client.get('/api/organizations?page=1&page_size=100').expect(200);
      expect(running.upstreamCalls()).toEqual(['GET /api/organizations?page=1&page_size=100']);
    });

    it('ignore other spellings of their parameters', async () => {
      await client.get('/api/organizations?pageSize=1&limit=1&PAGE=7').expect(200);
    });
  });
});

describe('with a public URL', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ PUBLIC_URL: 'https://gateway.example.test/edge/' });
  });
  afterAll(() => running.close());

  it('links use it', async () => {
    const { headers } = await (await running.as()).get('/api/organizations?page_size=1').expect(200);
    expect(headers['link']).toMatch(
      /^<https:\/\/gateway\.example\.test\/edge\/api\/organizations\?page_size=1&page=1>; rel="first"/,
    );
    expect(headers['link']).not.toContain(running.gateway.url);
  });

  it('the location of a new organization uses it', async () => {
    const { headers, body } = await (await running.as()).post('/api/organizations').send({ name: 'x' }).expect(201);
    expect(headers['location']).toBe(`https://gateway.example.test/edge/api/organizations/${body.id}`);
  });
});
