import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { transformSync } from '@swc/core';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import type { Client } from 'openapi-fetch';
import { gatewayClient } from '../client/gateway-client.js';
import type { paths } from '../client/schema.js';
import { type Running, startGateway } from './support/start-gateway.js';

const MERGE = 'application/merge-patch+json';

describe('the typed client', () => {
  let running: Running;
  let gateway: Client<paths>;

  beforeAll(async () => {
    running = await startGateway();
    gateway = gatewayClient({ baseUrl: running.gateway.url, token: () => running.tokens.service() });
  });
  afterAll(() => running.close());

  it('supports the whole life cycle of an organization', async () => {
    const create = () =>
      gateway.POST('/api/organizations', {
        params: { header: { 'Idempotency-Key': 'life' } },
        body: { name: 'Lifelong', customData: { plan: 'team' } },
      });
    const { data: created } = await create();
    const { data: again, response: replayed } = await create();
    const id = created?.id ?? '';
    expect(again?.id).toBe(id);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    const path = { id };

    const added = await gateway.POST('/api/organizations/{id}/members', {
      params: { path },
      body: {
        members: [
          { userId: 'ada000000000', organizationRoleNames: ['owner'] },
          { userId: 'wanda0000000', organizationRoleNames: ['member'] },
        ],
      },
    });
    expect(added.response.status).toBe(201);
    expect(added.data?.results.map(({ status }) => status)).toEqual(['added', 'added']);

    const { data: overview } = await gateway.GET('/api/organizations/{id}/overview', {
      params: { path, query: { role: 'owner', memberFields: ['id', 'organizationRoles'] } },
    });
    expect(overview?.members?.map((member) => member.id)).toEqual(['ada000000000']);
    expect(overview?.meta.memberTotal).toBe(2);

    const user = { id, userId: 'wanda0000000' };
    const replaced = await gateway.PUT('/api/organizations/{id}/users/{userId}/roles', {
      params: { path: user },
      body: { organizationRoleNames: ['guest'] },
    });
    expect(replaced.response.status).toBe(204);
    const { data: member } = await gateway.GET('/api/organizations/{id}/users/{userId}', { params: { path: user } });
    expect(member?.organizationRoles.map(({ name }) => name)).toEqual(['guest']);

    const read = await gateway.GET('/api/organizations/{id}', { params: { path } });
    const merged = await gateway.PATCH('/api/organizations/{id}', {
      params: { path, header: { 'If-Match': read.response.headers.get('etag') ?? '' } },
      headers: { 'content-type': MERGE },
      body: { customData: { seats: 5 } },
    });
    expect(merged.data?.customData).toEqual({ plan: 'team', seats: 5 });
    const late = await gateway.PATCH('/api/organizations/{id}', {
      params: { path, header: { 'If-Match': read.response.headers.get('etag') ?? '' } },
      body: { name: 'Too late' },
    });
    expect(late.error).toMatchObject({ status: 412, code: 'precondition_failed' });

    const exported = await gateway.GET('/api/organizations/{id}/users/export', { params: { path }, parseAs: 'text' });
    expect(exported.data).toMatch(/\n\{"complete":true,"count":2\}\n$/);

    const left = await gateway.DELETE('/api/organizations/{id}/users/{userId}', { params: { path: user } });
    expect(left.response.status).toBe(204);
    const deleted = await gateway.DELETE('/api/organizations/{id}', { params: { path } });
    expect(deleted.response.status).toBe(204);
    const gone = await gateway.GET('/api/organizations/{id}', { params: { path } });
    expect(gone.error).toMatchObject({ status: 404, type: '/problems/not-found' });
  });

  it('has the types of openapi.json', async () => {
    const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPI3;
    const fresh = astToString(await openapiTS(document));
    // The next step is more helpful than a diff of thousands of lines.
    expect(readFileSync('client/schema.d.ts', 'utf8').endsWith(fresh) || 'generate it with: npm run client').toBe(true);
  });

  it('works as shown in the README', async () => {
    const [, example = ''] =
      /```ts\n(import \{ gatewayClient[\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(10);
    const { code } = transformSync(example, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } });
    const lines: string[] = [];
    const body = code.replace(/^import .*$/m, '').replace('http://localhost:3000', running.gateway.url);
    const AsyncFunction = (async () => undefined).constructor as new (
      ...parts: string[]
    ) => (...values: unknown[]) => Promise<void>;
    const token = await running.tokens.service();
    await new AsyncFunction('gatewayClient', 'process', 'console', body)(
      gatewayClient,
      { env: { TOKEN: token } },
      { log: (...words: unknown[]) => lines.push(words.join(' ')) },
    );
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\S.* (owner|admin|member|guest|billing)/);
  });
});
