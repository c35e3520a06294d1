import { existsSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { PROBLEMS } from '../src/http/problems/problems.js';
import { DOCUMENTED_ENVIRONMENT } from '../src/openapi/documented-environment.js';
import { format } from '../src/openapi/format.js';
import { operationsOf } from '../src/openapi/parameters.js';
import { type Running, startGateway } from './support/start-gateway.js';

type Json = Record<string, unknown>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly style?: string;
  readonly explode?: boolean;
  readonly schema: Json;
}
interface Response {
  readonly description?: string;
  readonly content?: Record<string, { readonly schema?: Json; readonly examples?: Record<string, { value: Json }> }>;
}

describe('the OpenAPI document', () => {
  let running: Running;
  let operations: ReturnType<typeof operationsOf>;
  let schemas: Record<string, Json>;

  beforeAll(async () => {
    running = await startGateway(DOCUMENTED_ENVIRONMENT);
    operations = operationsOf(running.gateway.document);
    schemas = running.gateway.document.components?.schemas as unknown as Record<string, Json>;
  });
  afterAll(() => running.close());

  const parameters = () =>
    operations.flatMap(({ operation }) =>
      ((operation.parameters ?? []) as unknown as Parameter[]).map((parameter) => ({
        where: `${operation.operationId} ${parameter.name}`,
        ...parameter,
      })),
    );
  const fields = () =>
    Object.entries(schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties as Record<string, Json>).map(([field, schema]) => ({
        where: `${name}.${field}`,
        schema,
      })),
    );

  it('is what openapi.json says', async () => {
    const committed = existsSync('openapi.json') ? readFileSync('openapi.json', 'utf8') : '';
    const served = await running.anonymous().get('/docs-json').expect(200);
    if (committed !== format(served.body as typeof running.gateway.document))
      throw new Error('openapi.json is not what the gateway serves. Generate it with: npm run openapi');
    expect(served.body).toEqual(JSON.parse(committed));
  });

  it('is valid OpenAPI 3.1', async () => {
    const { document } = running.gateway;
    expect(document.openapi).toMatch(/^3\.1\./);
    const { valid, errors } = await new Validator().validate(structuredClone(document) as unknown as Json);
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('has no constructs of OpenAPI 3.0', () => {
    const text = JSON.stringify(running.gateway.document);
    expect(text).not.toMatch(/"nullable"|"exclusiveM(in|ax)imum":(true|false)/);
    expect(text).toContain('"type":["string","null"]');
  });

  it('has null among the enum values if it is among the types', () => {
    const wrong: string[] = [];
    const visit = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { type, enum: values } = value as { type?: unknown; enum?: unknown };
      if (Array.isArray(type) && type.includes('null') && Array.isArray(values) && !values.includes(null))
        wrong.push(at);
      for (const [key, item] of Object.entries(value)) visit(item, `${at}/${key}`);
    };
    visit(running.gateway.document, '');
    expect(wrong).toEqual([]);
  });

  it('has a unique name, a summary and a described tag for every operation', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '');
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(running.gateway.document.tags?.map(({ name }) => name));
    for (const { operation } of operations) {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(operation.tags).toHaveLength(1);
      expect(tags).toContain(operation.tags?.[0]);
    }
    const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []));
    expect([...tags].filter((tag) => !used.has(tag))).toEqual([]);
    for (const { description } of running.gateway.document.tags ?? []) expect(description).toMatch(/\.$/);
  });

  it('has a description and an example of every parameter', () => {
    expect(parameters().length).toBeGreaterThan(40);
    const silent = parameters().filter(({ description, schema }) => !description || schema['example'] === undefined);
    expect(silent.map(({ where }) => where)).toEqual([]);
  });

  it('has each parameter of an operation once', () => {
    for (const { operation } of operations) {
      const names = ((operation.parameters ?? []) as unknown as Parameter[]).map(
        ({ in: place, name }) => `${place} ${place === 'header' ? name.toLowerCase() : name}`,
      );
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('requires path parameters and no others', () => {
    for (const { in: place, required, where } of parameters()) {
      expect([where, required]).toEqual([where, place === 'path' || where === 'purgeCache tag']);
    }
  });

  it('has the bounds of page and page_size', () => {
    const page = parameters().filter(({ name }) => name === 'page' || name === 'page_size');
    expect(page.length).toBeGreaterThan(5);
    for (const { name, schema } of page) {
      expect(schema).toMatchObject({ type: 'integer', minimum: 1, ...(name === 'page_size' && { maximum: 100 }) });
    }
  });

  it('documents lists in a query as comma-separated', () => {
    const lists = parameters().filter(({ schema }) => schema['type'] === 'array');
    expect([...new Set(lists.map(({ name }) => name))]).toEqual(expect.arrayContaining(['include', 'memberFields']));
    for (const list of lists) {
      expect(list).toMatchObject({ in: 'query', style: 'form', explode: false });
      expect((list.schema['items'] as Json)['enum']).toEqual(
        expect.arrayContaining(list.schema['example'] as string[]),
      );
    }
  });

  it('has a description and an example of every field', () => {
    const refersTo = (schema: Json): boolean =>
      ['$ref', 'allOf', 'anyOf', 'oneOf'].some((key) => key in schema) ||
      (schema['type'] === 'array' && '$ref' in ((schema['items'] as Json | undefined) ?? {}));
    expect(fields().length).toBeGreaterThan(100);
    const silent = fields().filter(
      ({ schema }) => !schema['description'] || (schema['example'] === undefined && !refersTo(schema)),
    );
    expect(silent.map(({ where }) => where)).toEqual([]);
  });

  it('has no unused schemas', () => {
    const mentioned = new Set<string>();
    const visit = (value: unknown): void => {
      for (const [, name = ''] of JSON.stringify(value).matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)) {
        if (mentioned.has(name)) continue;
        mentioned.add(name);
        expect(Object.keys(schemas)).toContain(name);
        visit(schemas[name]);
      }
    };
    visit(running.gateway.document.paths);
    expect(Object.keys(schemas).filter((name) => !mentioned.has(name))).toEqual([]);
  });

  it('has a problem with an example for every error', () => {
    for (const { operation } of operations) {
      const failures = Object.entries(operation.responses as Record<string, Response>).filter(
        ([status]) => status >= '4',
      );
      for (const [status, { description, content }] of failures) {
        const { schema, examples = {} } = content?.['application/problem+json'] ?? {};
        expect(schema).toEqual({ $ref: '#/components/schemas/Problem' });
        expect(description).toBeTruthy();
        expect(Object.keys(examples)).not.toEqual([]);
        for (const [kind, { value }] of Object.entries(examples)) {
          expect(value).toMatchObject({ type: `/problems/${kind}`, status: Number(status) });
          expect(value['code']).not.toContain('*');
        }
      }
    }
  });

  it('lists all kinds of problems', () => {
    const { type } = (schemas['Problem']?.['properties'] ?? {}) as { type?: { enum: string[] } };
    expect(type?.enum).toEqual(Object.keys(PROBLEMS).map((kind) => `/problems/${kind}`));
  });

  it('has the common errors of all operations that require a token', () => {
    for (const { path, operation } of operations.filter(({ path }) => path.startsWith('/api/'))) {
      expect([path, Object.keys(operation.responses)]).toEqual([
        path,
        expect.arrayContaining(['400', '401', '403', '406', '500', '502', '503', '504']),
      ]);
    }
  });

  it('has a body with its media types for every write but DELETE', () => {
    for (const { method, operation } of operations) {
      const hasBody = operation.requestBody !== undefined;
      expect([operation.operationId, hasBody]).toEqual([operation.operationId, !['get', 'delete'].includes(method)]);
    }
    const patch = operations.find(({ operation }) => operation.operationId === 'updateOrganization');
    expect((patch?.operation.requestBody as Response | undefined)?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/UpdateOrganization' } },
      'application/merge-patch+json': { schema: { $ref: '#/components/schemas/MergeOrganization' } },
    });
  });
});
