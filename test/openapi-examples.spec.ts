import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { operationsOf } from '../src/openapi/parameters.js';
import { type Running, startGateway } from './support/start-gateway.js';

type Json = Record<string, unknown>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly example: unknown };
}
interface Response {
  readonly headers?: Record<string, unknown>;
  readonly content?: Record<string, { readonly schema: Json }>;
}

/** The examples match the sandbox's data, so that "Execute" on the page returns something. */
describe('the examples of the documentation', () => {
  let running: Running;
  let ajv: Ajv2020;

  beforeAll(async () => {
    running = await startGateway();
    ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    ajv.addSchema({ $id: 'openapi', components: sealed(running.gateway.document.components) } as object);
  });
  afterAll(() => running.close());

  /** Permits only documented fields in objects, so that an undocumented field is noticed. */
  const sealed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sealed);
    if (typeof value !== 'object' || value === null) return value;
    const { properties, additionalProperties = false } = value as Json;
    const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sealed(item)]));
    return typeof properties === 'object' && !('schema' in value) && (value as Json)['type'] === 'object'
      ? { ...copy, additionalProperties }
      : copy;
  };
  const validatorOf = (schema: Json): ValidateFunction =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'openapi#/components')) as object);

  const reads = () =>
    operationsOf(running.gateway.document)
      .filter(({ method }) => method === 'get')
      .map(({ path, operation }) => ({
        id: operation.operationId ?? '',
        path,
        parameters: (operation.parameters ?? []) as unknown as Parameter[],
        answer: (operation.responses as Record<string, Response>)['200'],
      }));

  const addressOf = (path: string, parameters: readonly Parameter[]): string => {
    const query = new URLSearchParams();
    let address = path;
    for (const { name, in: place, schema } of parameters) {
      const value = [schema.example].flat().join(',');
      if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value));
      if (place === 'query') query.set(name, value);
    }
    return query.size > 0 ? `${address}?${query}` : address;
  };
  const tokenFor = (path: string): Promise<string> =>
    path.startsWith('/api/me/') ? running.tokens.user('dmitri000000') : running.tokens.service();

  it('give documented responses for all reads, including headers', async () => {
    expect(reads().length).toBeGreaterThan(12);
    for (const { id, path, parameters, answer } of reads()) {
      const client = await running.as(tokenFor(path));
      const address = addressOf(path, parameters);
      const { status, headers, body } = await client.get(address);
      expect([id, address, status]).toEqual([id, address, 200]);
      const [[mediaType, { schema }] = ['', { schema: {} }]] = Object.entries(answer?.content ?? {});
      expect([id, headers['content-type']]).toEqual([id, expect.stringContaining(mediaType)]);
      const missing = Object.keys(answer?.headers ?? {}).filter((name) => headers[name.toLowerCase()] === undefined);
      expect([id, missing]).toEqual([id, []]);
      if (mediaType !== 'application/json') continue;
      const validate = validatorOf(schema);
      expect([id, validate(body), validate.errors]).toEqual([id, true, null]);
    }
  });

  it('find something in all lists', async () => {
    const lengths: Record<string, number> = {};
    for (const { id, path, parameters } of reads()) {
      const client = await running.as(tokenFor(path));
      const { body } = await client.get(addressOf(path, parameters));
      if (Array.isArray(body)) lengths[id] = body.length;
    }
    expect(Object.keys(lengths).length).toBeGreaterThan(5);
    expect(Object.entries(lengths).filter(([, length]) => length === 0)).toEqual([]);
  });

  it('are not needed for documented responses of reads, for services and members', async () => {
    const { organization, users } = running.sandbox.demo;
    for (const { id, path, parameters, answer } of reads()) {
      const needed = parameters.filter(({ in: place }) => place === 'path');
      const isOpen = path !== '/api/organizations' && !path.startsWith('/api/me/');
      const tokens = isOpen
        ? [tokenFor(path), running.tokens.organization(organization, users.owner)]
        : [tokenFor(path)];
      for (const token of tokens) {
        const client = await running.as(token);
        const { status, body } = await client.get(addressOf(path, needed));
        expect([id, status]).toEqual([id, 200]);
        const schema = answer?.content?.['application/json']?.schema;
        if (!schema) continue;
        const validate = validatorOf(schema);
        expect([id, validate(body), validate.errors]).toEqual([id, true, null]);
      }
    }
  });

  it('show the sandbox’s organization', async () => {
    const client = await running.as();
    const { body } = await client.get(`/api/organizations/${running.sandbox.demo.organization}`).expect(200);
    const schemas = running.gateway.document.components?.schemas as unknown as Record<
      string,
      { properties: Record<string, { example?: unknown }> }
    >;
    const example = Object.fromEntries(
      Object.entries(schemas['Organization']?.properties ?? {}).flatMap(([field, { example }]) =>
        example === undefined ? [] : [[field, example]],
      ),
    );
    expect(Object.keys(example).length).toBeGreaterThan(5);
    expect(body).toMatchObject(example);
  });

  it.each([
    ['Member', '/api/organizations/fernweh00000/users/dmitri000000'],
    ['Role', '/api/organizations/fernweh00000/users/dmitri000000/roles'],
    ['Scope', '/api/organization-scopes?q=read:members'],
  ])('show a %s of the sandbox', async (name, address) => {
    const client = await running.as();
    const { body } = await client.get(address).expect(200);
    const schemas = running.gateway.document.components?.schemas as unknown as Record<
      string,
      { properties: Record<string, { example?: unknown }> }
    >;
    const example = Object.entries(schemas[name]?.properties ?? {}).flatMap(([field, { example }]) =>
      example === undefined ? [] : [[field, example] as const],
    );
    expect(example.length).toBeGreaterThan(3);
    expect([body].flat()).toContainEqual(expect.objectContaining(Object.fromEntries(example)));
  });
});
