import { gzipSync } from 'node:zlib';
import { type Client, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());

const post = (json: unknown) => client.call('POST', '/api/organizations', { json });
const raw = (body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  client.call('POST', '/api/organizations', { raw: body, headers });

describe('creation', () => {
  it('requires a name and sets defaults', async () => {
    const answer = await post({ name: 'Minimal' });
    expect(answer.status).toBe(201);
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.body).toEqual({
      tenantId: 'default',
      id: expect.stringMatching(/^[a-z0-9]{12}$/),
      name: 'Minimal',
      description: null,
      customData: {},
      isMfaRequired: false,
      color: {},
      branding: {},
      customCss: null,
      createdAt: expect.any(Number),
    });
  });

  it('ignores id, tenantId, createdAt and unknown fields', async () => {
    const { body } = await post({ name: 'x', id: 'mine', tenantId: 'elsewhere', createdAt: 1, extra: 1 });
    expect(body).toMatchObject({ tenantId: 'default', id: expect.stringMatching(/^\w{12}$/) });
    expect(body).not.toHaveProperty('extra');
    expect(body.createdAt).toBeGreaterThan(1);
  });

  it('orders the keys of custom data by length and loses the precision of large numbers', async () => {
    const { text } = await raw(
      '{"name":"x","customData":{"ccc":{"bb":2,"a":[{"dd":1,"d":2}]},"a":12345678901234567890}}',
    );
    expect(text).toContain('"customData":{"a":12345678901234567000,"ccc":{"a":[{"d":2,"dd":1}],"bb":2}}');
  });

  it.each([
    ['128 characters', 'n'.repeat(128), 201],
    ['129 characters', 'n'.repeat(129), 400],
    ['64 emoji of two units each', '🚀'.repeat(64), 201],
    ['65 emoji', '🚀'.repeat(65), 400],
    ['spaces', '   ', 201],
    ['nothing', '', 400],
    ['a NUL', 'a\0b', 500],
  ])('validates a name of %s', async (_, name, status) => {
    expect((await post({ name })).status).toBe(status);
  });

  it('reports all faults of a body at once, as zod issues', async () => {
    const answer = await post({
      name: '',
      description: 5,
      customData: [],
      isMfaRequired: 'no',
      color: { primaryColor: 'red' },
      branding: { logoUrl: 'x' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      code: 'guard.invalid_input',
      message: 'The request body is invalid.',
      data: {
        name: 'ZodError',
        issues: [
          {
            code: 'too_small',
            minimum: 1,
            type: 'string',
            inclusive: true,
            exact: false,
            message: 'String must contain at least 1 character(s)',
            path: ['name'],
          },
          {
            code: 'invalid_type',
            expected: 'string',
            received: 'number',
            path: ['description'],
            message: 'Expected string, received number',
          },
          {
            code: 'invalid_type',
            expected: 'object',
            received: 'array',
            path: ['customData'],
            message: 'Expected object, received array',
          },
          {
            code: 'invalid_type',
            expected: 'boolean',
            received: 'string',
            path: ['isMfaRequired'],
            message: 'Expected boolean, received string',
          },
          { validation: 'regex', code: 'invalid_string', message: 'Invalid', path: ['color', 'primaryColor'] },
          { validation: 'url', code: 'invalid_string', message: 'Invalid url', path: ['branding', 'logoUrl'] },
        ],
      },
      details: [
        'Error in key path "name": (too_small) String must contain at least 1 character(s)',
        'Error in key path "description": (invalid_type) Expected string but received number.',
        'Error in key path "customData": (invalid_type) Expected object but received array.',
        'Error in key path "isMfaRequired": (invalid_type) Expected boolean but received string.',
        'Error in key path "color.primaryColor": (invalid_string) Invalid',
        'Error in key path "branding.logoUrl": (invalid_string) Invalid url',
      ].join('\n'),
    });
  });

  it.each([
    ['"a string"', 'invalid JSON, only supports object and array'],
    ['null', 'invalid JSON, only supports object and array'],
    [' ', 'invalid JSON, only supports object and array'],
    ['{"name":"x","__proto__":{"a":1}}', 'Object contains forbidden prototype property'],
    ['{"name": "x"', expect.stringContaining('JSON')],
  ])('answers the body %s with only a message', async (body, message) => {
    const answer = await raw(body);
    expect([answer.status, answer.body]).toEqual([400, { message }]);
  });

  const json = { 'content-type': 'application/json' };
  it.each([
    ['a form', 'name=Form&description=x', { 'content-type': 'application/x-www-form-urlencoded' }, 201],
    ['a form with a field twice', 'name=a&name=b', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['vnd.api+json', '{"name":"x"}', { 'content-type': 'application/vnd.api+json' }, 201],
    ['text, which is not an object', '{"name":"x"}', { 'content-type': 'text/plain' }, 400],
    ['merge-patch, which is not read', '{"name":"x"}', { 'content-type': 'application/merge-patch+json' }, 400],
    ['no type, which is not read', '{"name":"x"}', {}, 400],
    ['a byte order mark', '\uFEFF{"name":"bom"}', json, 201],
    ['gzip', gzipSync('{"name":"packed"}'), { ...json, 'content-encoding': 'gzip' }, 201],
    ['invalid gzip', '{"name":"x"}', { ...json, 'content-encoding': 'gzip' }, 500],
    ['an unknown encoding', '{"name":"x"}', { ...json, 'content-encoding': 'zap' }, 500],
    ['an array', '[]', json, 400],
  ])('reads %s', async (_, body, headers, status) => {
    expect((await raw(body, headers as Record<string, string>)).status).toBe(status);
  });

  it('turns a lone surrogate into U+FFFD', async () => {
    expect((await raw('{"name":"a\\ud800b \\ud83d\\ude80"}')).body.name).toBe('a\uFFFDb 🚀');
  });

  it.each([
    ['JSON over 1 MB', JSON.stringify({ name: 'x', customData: { blob: 'x'.repeat(1_100_000) } }), json],
    [
      'compressed JSON over 1 MB',
      gzipSync(JSON.stringify({ name: 'x'.repeat(1_100_000) })),
      { ...json, 'content-encoding': 'gzip' },
    ],
    [
      'a form over 56 kB',
      `name=x&description=${'y'.repeat(60_000)}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('answers %s with 404', async (_, body, headers) => {
    const answer = await raw(body, headers as Record<string, string>);
    expect([answer.status, answer.text]).toEqual([404, 'Not Found']);
  });
});

describe('one organization', () => {
  let id: string;
  beforeEach(async () => {
    id = (
      await post({
        name: 'Item',
        description: 'first',
        customData: { a: 1 },
        color: { primaryColor: '#123', darkPrimaryColor: '#321' },
      })
    ).body.id;
  });
  const patch = (json: unknown, at = id) => client.call('PATCH', `/api/organizations/${at}`, { json });

  it('keeps absent fields in a PATCH, and replaces objects as a whole', async () => {
    const { body } = await patch({ customData: { b: 2 }, color: { primaryColor: '#456' }, customCss: '' });
    expect(body).toMatchObject({ name: 'Item', description: 'first', customCss: null });
    expect([body.customData, body.color]).toEqual([{ b: 2 }, { primaryColor: '#456' }]);
    expect((await patch({ description: null })).body.description).toBeNull();
  });

  it.each([
    ['{}', {}, 422, 'entity.invalid_input'],
    ['unknown fields only', { nonsense: 1, id: 'x' }, 422, 'entity.invalid_input'],
    ['a null name', { name: null }, 400, 'guard.invalid_input'],
    ['tenantId', { tenantId: 'elsewhere' }, 500, undefined],
  ])('answers a PATCH of %s', async (_, json, status, code) => {
    const answer = await patch(json);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('accepts createdAt in a PATCH', async () => {
    expect((await patch({ createdAt: 5 })).body.createdAt).toBe(5);
  });

  it('moves to the end of the list when it changes', async () => {
    await post({ name: 'Later' });
    await patch({ name: 'Changed' });
    const first = await client.call('GET', '/api/organizations?page_size=1');
    const last = await client.call(
      'GET',
      `/api/organizations?page_size=1&page=${String(first.headers['total-number'])}`,
    );
    expect(last.body[0].id).toBe(id);
  });

  it('is deleted with its members, and then has a different code for each method', async () => {
    const { owner } = client.sandbox.demo.users;
    await client.api('POST', `/organizations/${id}/users`, { userIds: [owner] });
    expect(await client.call('DELETE', `/api/organizations/${id}`)).toMatchObject({ status: 204, text: '' });
    const codes = await Promise.all([
      client.call('DELETE', `/api/organizations/${id}`),
      client.call('GET', `/api/organizations/${id}`),
      patch({ name: 'x' }),
    ]);
    expect(codes.map(({ status, body }) => [status, body])).toEqual([
      [404, { code: 'entity.not_found', message: 'The resource does not exist.' }],
      [404, { code: 'entity.not_exists_with_id', message: `The organizations with ID \`${id}\` does not exist.` }],
      [404, { code: 'entity.not_exists', message: 'The organization does not exist.' }],
    ]);
    expect(await client.call('GET', `/api/organizations/${id}/users`)).toMatchObject({ status: 200, body: [] });
    expect(
      (await client.api('GET', `/users/${owner}/organizations`)).map((row: { id: string }) => row.id),
    ).not.toContain(id);
  });
});
