import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, jsonOf, settled } from './support/answers.js';
import { type BothWays, startBothWays } from './support/both-ways.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const MERGE_TYPE = { 'content-type': 'application/merge-patch+json' };
const ADA = 'ada000000000';
const MEMBER = 'rolemember00000000000';
const ADMIN = 'roleadmin000000000000';

type Write = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];

/** In this order, because later writes need the earlier ones. `{id}` is a new organization. */
const WRITES: readonly Write[] = [
  ['POST', '/{id}/users', { userIds: [ADA, 'bruno0000000'] }],
  ['POST', '/{id}/users', { userIds: ['nobody000000'] }],
  ['POST', '/{id}/users', { userIds: [] }],
  ['POST', '/{id}/users', { users: [ADA], userIds: 1 }],
  ['POST', '/{id}/users', '{"userIds":'],
  ['POST', '/{id}/users', '[]'],
  ['POST', '/{id}/users', undefined],
  ['POST', '/{id}/users', { userIds: [ADA] }, { 'content-type': 'text/plain' }],
  ['POST', '/{id}/users', { userIds: [ADA] }, { 'content-type': 'application/json; charset=utf-16' }],
  ['POST', '/{id}/users', { userIds: [ADA] }, { accept: 'text/html' }],
  ['POST', '/{id}/users', { userIds: [ADA] }, { 'idempotency-key': 'not a key' }],
  ['PUT', '/{id}/users', { userIds: [ADA] }],
  ['PUT', '/nosuchorg000/users', { userIds: [] }],
  ['POST', `/{id}/users/${ADA}/roles`, { organizationRoleIds: [MEMBER] }],
  ['POST', `/{id}/users/${ADA}/roles`, { organizationRoleNames: ['nosuchrole'] }],
  ['PUT', `/{id}/users/${ADA}/roles`, { organizationRoleIds: [MEMBER, ADMIN] }],
  ['POST', '/{id}/users/roles', { userIds: [ADA], organizationRoleIds: [ADMIN] }],
  ['DELETE', `/{id}/users/${ADA}/roles/${ADMIN}`],
  ['DELETE', `/{id}/users/${ADA}/roles/nosuchrole`],
  ['DELETE', `/{id}/users/not.an.id/roles/${ADMIN}`],
  ['PATCH', '/{id}', { description: 'after', customData: { constructor: 1, deep: { toString: null } } }],
  ['PATCH', '/{id}', { customData: { plan: null } }, MERGE_TYPE],
  ['PATCH', '/{id}', { description: 'lost' }, { 'if-match': '"of-yesterday"' }],
  ['PATCH', '/{id}', {}],
  ['PATCH', '/{id}', { name: 'n', unknown: 1, __proto: 2 }],
  ['PATCH', '/nosuchorg000', { description: 'x' }],
  ['DELETE', `/{id}/users/${ADA}`],
  ['DELETE', `/{id}/users/${ADA}`],
  ['DELETE', '/{id}', undefined, { 'if-match': '"of-yesterday"' }],
  ['DELETE', '/{id}', undefined, { 'if-match': '*' }],
  ['DELETE', '/{id}'],
];

describe('writes', () => {
  let ways: BothWays;
  let service: string;
  beforeAll(async () => {
    ways = await startBothWays();
    service = await ways.running.tokens.service();
    await ways.short('/api/nothing', service);
  });
  afterAll(() => ways.close());

  const make = async (name: string): Promise<string> => {
    const { json } = await ways.running.tokens.api('POST', '/api/organizations', { name });
    return (json as { id: string }).id;
  };
  /** Replaces ids and times, which differ between the two organizations. */
  const comparable = (answer: Answer, id: string): unknown =>
    JSON.parse(
      JSON.stringify(settled(answer))
        .replaceAll(id, '{id}')
        .replaceAll(/\\"createdAt\\":\d+/g, ''),
    );

  it('have the same answers with and without the framework', async () => {
    const [one, other] = [await make('Writes'), await make('Writes')];
    for (const [method, template, body, headers = {}] of WRITES) {
      const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
      const sent = { ...(text !== undefined && { ...JSON_TYPE, 'content-length': String(text.length) }), ...headers };
      const pathOf = (id: string) => `/api/organizations${template.replace('{id}', id)}`;
      const short = await ways.short(pathOf(one), service, sent, method, text);
      const long = await ways.long(pathOf(other), service, sent, method, text);
      const { etag: _, ...shortHeaders } = short.headers;
      const { etag: __, ...longHeaders } = long.headers;
      expect([method, template, body, comparable({ ...short, headers: shortHeaders }, one)]).toEqual([
        method,
        template,
        body,
        comparable({ ...long, headers: longHeaders }, other),
      ]);
      const isOdd = template.includes('not.an.id');
      expect([method, template, ways.wayOf(short)]).toEqual([method, template, isOdd ? 'framework' : 'dispatch']);
    }
  });

  it('have the Location of the created organization', async () => {
    const text = JSON.stringify({ name: 'Made' });
    const post = (ask: BothWays['short']) =>
      ask('/api/organizations', service, { ...JSON_TYPE, 'content-length': String(text.length) }, 'POST', text);
    for (const answer of [await post(ways.short), await post(ways.long)]) {
      const { id } = jsonOf(answer) as { id: string };
      expect([answer.status, answer.headers.location]).toEqual([
        201,
        `${ways.running.gateway.url}/api/organizations/${id}`,
      ]);
    }
  });

  it.each([
    ['a line break', 'made\r\nX-Injected: 1'],
    // As latin1, the last byte of these characters is a line break.
    ['characters beyond latin1', 'made\u010d\u010aX-Injected: 1'],
  ])('have no header of their own in the id that Logto answers: %s', async (_what, id) => {
    const end = ways.running.sandbox.faults.add({
      method: 'POST',
      path: /\/api\/organizations$/,
      status: 201,
      headers: JSON_TYPE,
      body: JSON.stringify({ id, name: 'Made' }),
    });
    const text = JSON.stringify({ name: 'Made' });
    const sent = { ...JSON_TYPE, 'content-length': String(text.length) };
    for (const ask of [ways.short, ways.long]) {
      const answer = await ask('/api/organizations', service, sent, 'POST', text);
      expect([answer.status, answer.headers['x-injected']]).toEqual([201, undefined]);
      expect(answer.headers.location).toBe(`${ways.running.gateway.url}/api/organizations/${encodeURIComponent(id)}`);
    }
    end();
  });
});
