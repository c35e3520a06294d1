import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultRule } from '../src/sandbox/faults.js';
import { type Answer, jsonOf, settled } from './support/answers.js';
import { type BothWays, startBothWays } from './support/both-ways.js';

const travel = '/api/organizations/fernweh00000';

/** Logto fails often here, which must not open the circuit. */
const env = { UPSTREAM_BREAKER_CALLS: '0', UPSTREAM_TIMEOUT_MS: '150', UPSTREAM_DEADLINE_MS: '400' };

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a refusal without the framework is the same as with it, for', () => {
  let ways: BothWays;
  let service: string;
  beforeAll(async () => {
    ways = await startBothWays(env);
    service = await ways.running.tokens.service();
    // Verifies the token once.
    await ways.short('/api/nothing', service);
  });
  afterEach(() => ways.running.sandbox.faults.clear());
  afterAll(() => ways.close());

  /** Compares both answers, and returns one of them. */
  const compared = async (path: string, token = service, headers: Record<string, string> = {}): Promise<Answer> => {
    const long = await ways.long(path, token, headers);
    const short = await ways.short(path, token, headers);
    expect(settled(short)).toEqual(settled(long));
    if (short.status >= 400) expect(jsonOf(short)).toMatchObject({ requestId: short.headers['x-request-id'] });
    return short;
  };
  const faultsIn = (answer: Answer) =>
    (jsonOf(answer) as { errors?: { pointer: string }[] }).errors?.map(({ pointer }) => pointer).toSorted();

  it.each([
    [404, ''],
    [404, '/users'],
    [422, '/users/ada000000000/roles'],
    [404, '/users/ada000000000'],
    [404, '/overview'],
    [404, '/permissions'],
  ])('an unknown organization: %i for …%s', async (status, rest) => {
    const answer = await compared(`/api/organizations/nosuchorg000${rest}`);
    expect([answer.status, ways.wayOf(answer)]).toEqual([status, 'dispatch']);
  });

  it('an unknown user', async () => {
    const answer = await compared(`${travel}/users/nobody000000`);
    expect([answer.status, ways.wayOf(answer)]).toEqual([404, 'dispatch']);
  });

  it.each([
    ['?page=0', ['/page']],
    ['?page=0&page_size=101', ['/page', '/page_size']],
    ['?page=one&page_size=&q=1', undefined],
    ['?page=1&page=2', ['/page']],
    ['?page[a]=1', undefined],
    ['?page[]=0', undefined],
    ['?q=a&q=b', undefined],
    ['?q=%00', undefined],
    ['?q=%zz', undefined],
    ['?__proto__[x]=1&page=0', undefined],
  ])('an invalid query: %s', async (query, pointers) => {
    for (const where of [`${travel}/users`, '/api/organizations']) {
      // Twice, because the result of a validation must not be cached as valid.
      await compared(where + query);
      const answer = await compared(where + query);
      expect(ways.wayOf(answer)).not.toBe('framework');
      if (!pointers) continue;
      expect(answer.status).toBe(400);
      expect(faultsIn(answer)).toEqual(pointers);
    }
  });

  it('all faults of path and query at once', async () => {
    const answer = await compared(`/api/organizations/not.an.id/users/neither%20this/roles?page=0&page_size=0`);
    expect(answer.status).toBe(400);
    expect(faultsIn(answer)).toEqual(['/id', '/page', '/page_size', '/userId']);
  });

  it.each([
    '/api/organizations/not.an.id',
    `/api/organizations/${'x'.repeat(129)}`,
    '/api/organizations/fernweh00000%20',
    '/api/organizations/f%65rnweh00000',
    '/api/organizations/%zz',
    '/api/organizations/fernweh00000%2Fusers',
    `${travel}/`,
    `${travel}/users/`,
    `${travel}//users`,
    '/api/Organizations/fernweh00000',
    '/API/organizations/fernweh00000',
    '/api/organizations/FERNWEH00000',
    `${travel};v=1`,
    `${travel}?`,
    `${travel}??page=0`,
    `${travel}#part`,
    `${travel}/users?page=2#part`,
    `${travel}/users?page=2&nothing=of&it=is&known`,
    `${travel}/users?PAGE=0`,
    `${travel}/users?%70age=0`,
    `${travel}/users?q=a+b%20c&page_size=5`,
    `${travel}/users/export/`,
    `${travel}/users/EXPORT`,
  ])('an unusual address: %s', async (path) => {
    const first = await compared(path);
    expect((await compared(path)).status).toBe(first.status);
  });

  it('a caller without the permission', async () => {
    const { tokens } = ways.running;
    for (const [path, token] of [
      [travel, await tokens.service('read:members')],
      [`${travel}/users`, await tokens.nothing()],
    ] as const) {
      // Repeated, because a remembered answer might be given to this caller, too.
      for (let turn = 0; turn < 2; turn += 1) expect((await compared(path, token)).status).toBe(403);
      for (let turn = 0; turn < 2; turn += 1) expect((await ways.short(path, service)).status).toBe(200);
      expect((await compared(path, token)).status).toBe(403);
    }
  });

  it('the token of another organization, before and after the answer is remembered', async () => {
    const { tokens, sandbox } = ways.running;
    const { organizations, users } = sandbox.demo;
    const member = await tokens.organization(organizations.studio, users.several);
    await ways.short(`/api/organizations/${organizations.studio}`, member);
    expect((await compared(travel, member)).status).toBe(403);
    for (let turn = 0; turn < 2; turn += 1) await ways.short(travel, service);
    expect((await compared(travel, member)).status).toBe(403);
  });

  it.each<[number, string, FaultRule]>([
    [502, 'answers 500', { status: 500 }],
    [502, 'answers with garbage', { garble: true }],
    [502, 'breaks the connection', { reset: 'before' }],
    [503, 'answers 429', { status: 429, headers: { 'retry-after': '60' } }],
    [504, 'never answers', { hang: true }],
    [422, 'refuses the call', { status: 422, headers: JSON_TYPE, body: '{"code":"entity.x","message":"x"}' }],
    [502, 'refuses the gateway', { status: 403 }],
  ])('%i when Logto %s', async (status, what, rule) => {
    ways.running.sandbox.faults.add({ path: /\/api\/organizations/, ...rule });
    const answer = await compared(`/api/organizations/failing00${status}/users?q=${what.length}`);
    expect([answer.status, ways.wayOf(answer)]).toEqual([status, 'dispatch']);
  });

  it('an incomplete aggregate with strict=true', async () => {
    const { json } = await ways.running.tokens.api('POST', '/api/organizations', { name: 'Half' });
    const { id } = json as { id: string };
    ways.running.sandbox.faults.add({ path: new RegExp(`${id}/users`), status: 503 });
    const strict = await compared(`/api/organizations/${id}/overview?strict=true`);
    expect([strict.status, ways.wayOf(strict)]).toEqual([502, 'dispatch']);
    const half = await compared(`/api/organizations/${id}/overview`);
    expect([half.headers['x-aggregate-complete'], ways.wayOf(half)]).toEqual(['false', 'dispatch']);
  });
});

describe('a caller over its quota', () => {
  it('gets 429, however often it asks', async () => {
    const ways = await startBothWays({ RATE_LIMIT: '3/30s' });
    const token = await ways.running.tokens.service();
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const long = await ways.long(travel, token);
      const short = await ways.short(travel, token);
      expect(settled(short).headers).toMatchObject({ 'ratelimit-policy': '"default";q=3;w=30' });
      expect(short.headers['ratelimit']?.toString().replace(/t=.*/, '')).toBe(
        long.headers['ratelimit']?.toString().replace(/t=.*/, ''),
      );
      const { detail: _, ...shortBody } = jsonOf(short) as { detail?: string };
      const { detail: __, ...longBody } = jsonOf(long) as { detail?: string };
      expect({ ...shortBody, requestId: '' }).toEqual({ ...longBody, requestId: '' });
      statuses.push(short.status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    await ways.close();
  });
});

describe('with CORS', () => {
  let ways: BothWays;
  let service: string;
  beforeAll(async () => {
    ways = await startBothWays({ CORS_ORIGINS: 'https://app.example.test' });
    service = await ways.running.tokens.service();
    await ways.short('/api/nothing', service);
  });
  afterAll(() => ways.close());

  it.each([travel, `${travel}/users`, `${travel}/overview`])('%s names what it varies by', async (path) => {
    const long = await ways.long(path, service);
    const first = await ways.short(path, service);
    const second = await ways.short(path, service);
    expect(first.headers['vary']).toBe('Origin, Accept-Encoding');
    expect([ways.wayOf(first), settled(first)]).toEqual(['dispatch', settled(long)]);
    expect(settled(second)).toEqual(settled(long));
  });

  it('problems name what they vary by', async () => {
    const long = await ways.long('/api/organizations/nosuchorg000', service);
    const short = await ways.short('/api/organizations/nosuchorg000', service);
    expect(long.headers['vary']).toBe('Origin');
    expect([ways.wayOf(short), settled(short)]).toEqual(['dispatch', settled(long)]);
  });

  it('an allowed origin gets the same answer, even if it is remembered from a request without origin', async () => {
    for (let turn = 0; turn < 2; turn += 1) await ways.short(travel, service);
    for (const origin of ['https://app.example.test', 'https://elsewhere.example.test']) {
      const long = await ways.long(travel, service, { origin });
      const short = await ways.short(travel, service, { origin });
      expect(settled(short)).toEqual(settled(long));
    }
  });
});

describe('similar addresses', () => {
  let ways: BothWays;
  let service: string;
  beforeAll(async () => {
    ways = await startBothWays();
    service = await ways.running.tokens.service();
    await ways.short('/api/nothing', service);
  });
  afterAll(() => ways.close());

  it('do not confuse the export with a user', async () => {
    const profile = await ways.short(`${travel}/users/ada000000000`, service);
    expect([profile.status, ways.wayOf(profile)]).toEqual([200, 'dispatch']);
    expect(jsonOf(profile)).toMatchObject({ id: 'ada000000000' });
    const [exported, long] = [
      await ways.short(`${travel}/users/export`, service),
      await ways.long(`${travel}/users/export`, service),
    ];
    expect(exported.headers['content-type']).toBe(long.headers['content-type']);
    expect(exported.headers['content-type']).not.toContain('application/json');
    expect(exported.bytes.equals(long.bytes)).toBe(true);
  });

  it('have a page for each query, the first time and repeatedly', async () => {
    const queries = [
      '?page=1&page_size=5',
      '?page=2&page_size=5',
      '?page_size=5&page=2',
      '?page=2&page_size=5&unknown=1',
      '?page=50&page_size=5',
      '?page=51&page_size=5',
      '?q=a&page_size=5',
      '?q=b&page_size=5',
      '?organizationRoleId=roleowner000000000000',
      '',
      '?',
    ];
    const said = new Map<string, string>();
    for (let turn = 0; turn < 3; turn += 1) {
      for (const query of queries) {
        const long = await ways.long(`${travel}/users${query}`, service);
        const short = await ways.short(`${travel}/users${query}`, service);
        expect(ways.wayOf(short)).not.toBe('framework');
        expect([query, settled(short)]).toEqual([query, settled(long)]);
        said.set(query, short.bytes.toString('base64'));
      }
      // So that the next turn does not get answers from the cache only.
      const { running } = ways;
      await (await running.as()).delete('/internal/cache?tag=organization:fernweh00000').expect(204);
    }
    const [one, two, swapped] = queries.map((query) => said.get(query));
    expect(one).not.toBe(two);
    expect(swapped).toBe(two);
  });

  it('do not confuse the queries of different routes', async () => {
    for (const query of ['?page=1&page_size=3', '?showFeatured=true', '?include=members', '?strict=true']) {
      for (const where of ['/api/organizations', `${travel}/users`, `${travel}/overview`, '/api/organization-roles']) {
        const long = await ways.long(where + query, service);
        expect([where, query, settled(await ways.short(where + query, service))]).toEqual([
          where,
          query,
          settled(long),
        ]);
      }
    }
  });
});
