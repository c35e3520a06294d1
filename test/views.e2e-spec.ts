import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { operationsOf } from '../src/openapi/parameters.js';
import { readConfig } from '../src/config/read-config.js';
import { createGateway, type Gateway } from '../src/gateway.js';
import { createLogger } from '../src/observability/logger.js';
import { type Running, startGateway } from './support/start-gateway.js';

type Answer = { readonly status: number; readonly body: unknown };

/** Fields that differ between calls although the content is the same. */
const VOLATILE = new Set(['requestId', 'ageMs', 'source']);
const withoutVolatile = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value));

describe('two callers', () => {
  let running: Running;
  /** A gateway without cache, whose responses are the expected ones. */
  let plain: Gateway;
  let callers: Readonly<Record<string, string>>;
  let paths: readonly string[];

  beforeAll(async () => {
    running = await startGateway();
    const { sandbox, tokens, gateway } = running;
    const { organization, users, roles } = sandbox.demo;
    const config = readConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      LOGTO_ENDPOINT: sandbox.url,
      LOGTO_CLIENT_ID: sandbox.demo.clients.gateway.id,
      LOGTO_CLIENT_SECRET: sandbox.demo.clients.gateway.secret,
      AUTH_AUDIENCE: sandbox.audience,
      CACHE_MAX_BYTES: '0',
    });
    plain = await createGateway(config, createLogger('silent'));
    const { json } = await tokens.api('POST', '/api/organizations', { name: 'Another' });
    const other = (json as { id: string }).id;
    await tokens.api('POST', `/api/organizations/${other}/users`, { userIds: [users.guest] });
    await tokens.api('PUT', `/api/organizations/${other}/users/${users.guest}/roles`, {
      organizationRoleIds: [roles.owner],
    });
    callers = {
      service: await tokens.service(),
      reader: await tokens.reader(),
      nothing: await tokens.nothing(),
      owner: await tokens.organization(organization, users.owner),
      'owner by the API': await tokens.organizationApi(organization, users.owner),
      guest: await tokens.organization(organization, users.guest),
      'owner elsewhere': await tokens.organization(other, users.guest),
      'user owner': await tokens.user(users.owner),
      'user guest': await tokens.user(users.guest),
    };
    const of = (path: string, id: string) => path.replace('{id}', id).replace('{userId}', users.owner);
    paths = operationsOf(gateway.document)
      .filter(({ method, path }) => method === 'get' && path.startsWith('/api/'))
      .flatMap(({ path }) => (path.includes('{id}') ? [of(path, organization), of(path, other)] : [path]));
  });
  afterAll(async () => {
    await plain.close();
    await running.close();
  });

  const ask = async (url: string, path: string, caller: string): Promise<Answer> => {
    const headers = { authorization: `Bearer ${callers[caller] ?? ''}` };
    const response = await fetch(url + path, { headers });
    const text = await response.text();
    const isLines = response.headers.get('content-type')?.startsWith('application/x-ndjson');
    return {
      status: response.status,
      body: isLines ? text.split('\n').map((line) => line && withoutVolatile(line)) : withoutVolatile(text),
    };
  };

  it('with different views never get each other’s representation, in any order', async () => {
    const expected = new Map<string, Answer>();
    for (const path of paths)
      for (const caller of Object.keys(callers)) expected.set(`${caller} ${path}`, await ask(plain.url, path, caller));
    // The views must differ, or the test would prove nothing.
    expect(new Set(paths.map((path) => JSON.stringify(expected.get(`service ${path}`)))).size).toBeGreaterThan(10);
    const differing = paths.filter(
      (path) =>
        new Set(Object.keys(callers).map((caller) => JSON.stringify(expected.get(`${caller} ${path}`)))).size > 2,
    );
    expect(differing.length).toBeGreaterThan(5);

    const question = fc.record({ caller: fc.constantFrom(...Object.keys(callers)), path: fc.constantFrom(...paths) });
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 10, maxLength: 40 }), async (questions) => {
        await Promise.all(
          questions.map(async ({ caller, path }) => {
            expect([caller, path, await ask(running.gateway.url, path, caller)]).toEqual([
              caller,
              path,
              expected.get(`${caller} ${path}`),
            ]);
          }),
        );
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
