import { type Client, startWithClient } from './logto-client.js';

let client: Client;
let users: string;
beforeAll(async () => {
  client = await startWithClient();
  users = `/api/organizations/${client.sandbox.demo.organization}/users`;
});
afterAll(() => client.sandbox.close());

const get = (path: string, headers: Record<string, string> = {}) => client.call('GET', path, { headers });
const link = (rel: string, page: number, size = 10) =>
  `<http://localhost:1/organizations/fernweh00000/users?page=${page}&page_size=${size}>; rel="${rel}"`;

describe('pages', () => {
  it('have the total, and links in separate headers and without /api', async () => {
    const { headers, body } = await get(`${users}?page=2&page_size=10`, { host: 'localhost:1' });
    expect(body).toHaveLength(10);
    expect(headers['total-number']).toBe('250');
    expect(headers['link']).toBe([link('first', 1), link('prev', 1), link('last', 25), link('next', 3)].join(', '));
  });

  it('beyond the end are empty and link to the previous page', async () => {
    const { headers, body } = await get(`${users}?page=999&page_size=10`, { host: 'localhost:1' });
    expect(body).toEqual([]);
    expect(headers['link']).toBe([link('first', 1), link('prev', 998), link('last', 25)].join(', '));
  });

  it('link with the re-encoded query and the forwarded host', async () => {
    const headers = { 'x-forwarded-host': 'auth.example.test', 'x-forwarded-proto': 'https' };
    const answer = await get('/api/organization-roles?page_size=100&foo=b%20r&x=%C3%A9', headers);
    expect(answer.headers['link']).toContain(
      '<https://auth.example.test/organization-roles?page_size=100&foo=b+r&x=%C3%A9&page=1>',
    );
  });

  it.each(['page=0', 'page=-1', 'page=abc', 'page_size=0', 'page_size=101', 'page_size=NaN', 'page=1&page=2'])(
    'refuse ?%s',
    async (query) => {
      const answer = await get(`${users}?${query}`);
      expect([answer.status, answer.body]).toEqual([
        400,
        { code: 'guard.invalid_pagination', message: 'The request pagination value is invalid.' },
      ]);
    },
  );

  it.each(['page_size=1.5', 'page=Infinity', 'page=1e300'])('fail in the database with ?%s', async (query) => {
    const answer = await get(`${users}?${query}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'entity.invalid_input']);
  });

  it.each([
    ['page=1.5&page_size=10', 5],
    ['page=1e1&page_size=2', 18],
    ['page=0x2&page_size=10', 10],
    ['page=%201&page_size=10', 0],
    ['page=+2&page_size=10', 10],
    ['page=&page_size=', 0],
    ['pageSize=5&PAGE=3', 0],
  ])('with ?%s begin at row %i', async (query, row) => {
    const all = (await get(`${users}?page_size=100`)).body;
    expect((await get(`${users}?${query}`)).body[0].id).toBe(all[row].id);
  });
});

describe('search', () => {
  beforeAll(async () => {
    for (const name of ['search 100% Ångström', 'search under_score', 'search back\\slash'])
      await client.api('POST', '/organizations', { name });
  });
  const found = async (q: string) => (await get(`/api/organizations?q=${encodeURIComponent(q)}`)).body.length;

  it.each([
    ['SEARCH', 3],
    ['search%under', 1],
    ['search_under', 1],
    ['100\\%', 1],
    ['search\\_', 0],
    ['k\\\\s', 1],
    ['ÅNGSTR', 1],
    ['angstr', 0],
    ['(', 1],
    ['nobodyyet000', 1],
  ])('of organizations for %s finds %i', async (q, count) => {
    expect(await found(q)).toBe(count);
  });

  it.each([
    ['ADA', 'ada000000000'],
    ['lindqvist', 'ada000000000'],
    ['ada@fernweh', 'ada000000000'],
    ['12015551000', 'ada000000000'],
    ['guide0000001', 'guide0000001'],
  ])('of members for %s covers id, name, user name, e-mail and phone', async (q, id) => {
    expect((await get(`${users}?q=${encodeURIComponent(q)}`)).body[0].id).toBe(id);
  });

  it('of members does not cover role names', async () => {
    expect((await get(`${users}?q=owner`)).body).toEqual([]);
  });

  it('can be combined with a role', async () => {
    const answer = await get(`${users}?organizationRoleId=roleowner000000000000&q=ada`);
    expect(answer.body).toHaveLength(1);
    expect((await get(`${users}?organizationRoleId=unknown`)).body).toEqual([]);
  });

  it.each([
    '/api/organizations?q=a&q=b',
    '/api/organizations?showFeatured=1&showFeatured=1',
    '/api/organizations/x/users?organizationRoleId=',
  ])('refuses %s', async (path) => {
    expect(await get(path)).toMatchObject({
      status: 400,
      body: { code: 'guard.invalid_input', message: 'The request query is invalid.' },
    });
  });

  it('for a NUL is a server error', async () => {
    expect(await get('/api/organizations?q=%00')).toMatchObject({
      status: 500,
      body: { message: 'Internal server error.' },
    });
  });
});

describe('showFeatured', () => {
  it.each(['true', '1', 'YES', 'y'])('%s adds a count and three members', async (value) => {
    const [row] = (await get(`/api/organizations?q=fernweh00000&showFeatured=${value}`)).body;
    expect(row.usersCount).toBe(250);
    expect(row.featuredUsers).toHaveLength(3);
    expect(Object.keys(row.featuredUsers[0])).toEqual(['id', 'avatar', 'name']);
  });

  it.each(['t', 'on', '0', 'false', ''])('%s adds nothing', async (value) => {
    expect((await get(`/api/organizations?q=fernweh00000&showFeatured=${value}`)).body[0]).not.toHaveProperty(
      'usersCount',
    );
  });
});

describe('users', () => {
  it('can be looked up by several exact ids in one call', async () => {
    const { body, headers } = await get('/api/users?search.id=ada000000000&search.id=bruno0000000&mode.id=exact');
    expect([body.map(({ id }: { id: string }) => id), headers['total-number']]).toEqual([
      ['bruno0000000', 'ada000000000'],
      '2',
    ]);
    expect(body[0]).toHaveProperty('hasPassword', false);
  });

  it.each([
    ['search.id=a&search.id=b', 'Only one search value is allowed when search mode is not `exact`.'],
    [
      'search.nope=x',
      'Search field `nope` is not valid, expect one of id, primary_email, primary_phone, username, name.',
    ],
  ])('refuse ?%s', async (query, details) => {
    expect((await get(`/api/users?${query}`)).body).toEqual({
      code: 'request.invalid_input',
      data: {},
      message: `Input is invalid. ${details}`,
    });
  });

  it('can be searched in one column or all, and excluded by organization', async () => {
    expect((await get('/api/users?search=%25lindqvist%25')).body).toHaveLength(1);
    expect((await get('/api/users?search.username=ada&search.name=Bruno%25')).body).toHaveLength(2);
    expect((await get('/api/users?search.username=ada&search.name=Bruno%25&joint=and')).body).toEqual([]);
    expect((await get('/api/users?search=')).headers['total-number']).toBe('254');
    expect((await get('/api/users?excludeOrganizationId=fernweh00000')).headers['total-number']).toBe('4');
  });
});
