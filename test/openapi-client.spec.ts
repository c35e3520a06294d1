import { readFileSync } from 'node:fs';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import ts from 'typescript';

const SCHEMA = `${process.cwd()}/test/generated-schema.ts`;
const CONSUMER = `${process.cwd()}/test/generated-consumer.ts`;

const setUp = `
import createClient from 'openapi-fetch';
import type { components, paths } from './generated-schema.js';
const client = createClient<paths>({ baseUrl: 'http://localhost:3000' });
`;

/** Typical code for a page about an organization. It is only type-checked, not run. */
const correct = `${setUp}
export async function page(id: string): Promise<string[]> {
  const { data, error } = await client.GET('/api/organizations/{id}/overview', {
    params: { path: { id }, query: { include: ['members', 'roles'], memberFields: ['id', 'name'], memberLimit: 10 } },
  });
  if (error) {
    const problem: components['schemas']['Problem'] = error;
    throw new Error(problem.type === '/problems/not-found' ? 'gone' : problem.detail);
  }
  const total: number | null = data.meta.memberTotal;
  const roles: string[] = (data.roles ?? []).map(({ name, scopes }) => name + scopes.map((scope) => scope.name).join());
  return [String(total), data.organization.name, data.organization.description ?? '', ...roles];
}

export async function writes(id: string, userId: string): Promise<void> {
  await client.PATCH('/api/organizations/{id}', { params: { path: { id } }, body: { description: null } });
  await client.POST('/api/organizations', {
    params: { header: { 'Idempotency-Key': 'once' } },
    body: { name: 'Fernweh Cycling', customData: { plan: 'team' } },
  });
  await client.PUT('/api/organizations/{id}/users/{userId}/roles', {
    params: { path: { id, userId } },
    body: { organizationRoleNames: [] },
  });
  const { data } = await client.GET('/api/organizations/{id}/users', { params: { path: { id }, query: { page: 2 } } });
  const names: (string | null)[] = data?.map((member) => member.name) ?? [];
  const roles: string[] = data?.flatMap((member) => member.organizationRoles.map((role) => role.id)) ?? [];
  void [names, roles];
}
`;

describe('a client generated from openapi.json', () => {
  let schema: string;
  const host = ts.createCompilerHost({});
  const known = new Map<string, ts.SourceFile | undefined>();
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };

  beforeAll(async () => {
    const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPI3;
    schema = astToString(await openapiTS(document));
  });

  /** The compiler's messages about a consumer. */
  function messages(consumer: string): string[] {
    const written = new Map([
      [SCHEMA, schema],
      [CONSUMER, consumer],
    ]);
    const compilerHost: ts.CompilerHost = {
      ...host,
      fileExists: (name) => written.has(name) || host.fileExists(name),
      readFile: (name) => written.get(name) ?? host.readFile(name),
      getSourceFile(name, version) {
        const text = written.get(name);
        if (name === CONSUMER) return ts.createSourceFile(name, text ?? '', version);
        // Cached for all consumers, because the libraries are large.
        if (!known.has(name))
          known.set(
            name,
            text === undefined ? host.getSourceFile(name, version) : ts.createSourceFile(name, text, version),
          );
        return known.get(name);
      },
    };
    const program = ts.createProgram([CONSUMER], options, compilerHost);
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }

  it('has all operations by name', () => {
    const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, Json>>;
    };
    interface Json {
      readonly operationId: string;
    }
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    expect(ids.length).toBeGreaterThan(20);
    for (const id of ids) expect(schema).toContain(`operations["${id}"]`);
  });

  it('type-checks correct code', () => {
    expect(messages(correct)).toEqual([]);
  });

  it.each([
    ['an unknown path', `await client.GET('/api/organisations', {});`, /not assignable to parameter of type/],
    ['a missing id', `await client.GET('/api/organizations/{id}/overview', {});`, /params/],
    [
      'an unknown part',
      `await client.GET('/api/organizations/{id}/overview', { params: { path: { id: 'x' }, query: { include: ['pets'] } } });`,
      /"pets"/,
    ],
    [
      'a misspelt field',
      `await client.POST('/api/organizations/{id}/users', { params: { path: { id: 'x' } }, body: { userIDs: ['ada'] } });`,
      /userIds?|userIDs/i,
    ],
    [
      'an unknown field of a response',
      `const { data } = await client.GET('/api/organizations/{id}', { params: { path: { id: 'x' } } }); data?.owner;`,
      /'owner' does not exist/,
    ],
    [
      'a possible null',
      `const { data } = await client.GET('/api/organizations/{id}', { params: { path: { id: 'x' } } }); data?.description.length;`,
      /possibly 'null'|possibly 'undefined'/,
    ],
    [
      'null where a plain PATCH refuses it',
      `await client.PATCH('/api/organizations/{id}', { params: { path: { id: 'x' } }, body: { name: null } });`,
      /null/,
    ],
  ])('does not type-check code with %s', (_what, mistake, message) => {
    const found = messages(`${setUp}\nexport async function wrong() { ${mistake} }\nexport type C = components;`);
    expect(found.join('\n')).toMatch(message);
  });
});
