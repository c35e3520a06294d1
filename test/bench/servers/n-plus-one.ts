import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import pMap from 'p-map';
import { Pool } from 'undici';

// An overview written by hand with @logto/api: the organization, its members page by page, then the roles of each member, with 16
// concurrent calls on keep-alive connections.

const AT_ONCE = 16;
const PAGE_SIZE = 100;

const pool = new Pool(process.env['UPSTREAM'] ?? '', { connections: AT_ONCE });

interface Reply<T> {
  readonly value: T;
  readonly total: number;
}

const get = async <T>(path: string): Promise<Reply<T>> => {
  const { body, headers } = await pool.request({ method: 'GET', path });
  return { value: (await body.json()) as T, total: Number(headers['total-number']) };
};

const membersOf = async (id: string): Promise<{ readonly id: string }[]> => {
  const page = (number: number) =>
    get<{ readonly id: string }[]>(`/api/organizations/${id}/users?page=${number}&page_size=${PAGE_SIZE}`);
  const first = await page(1);
  const others = Array.from({ length: Math.ceil(first.total / PAGE_SIZE) - 1 }, (_, index) => index + 2);
  const rest = await pMap(others, page, { concurrency: AT_ONCE });
  return [first, ...rest].flatMap(({ value }) => value);
};

const overview = async (id: string): Promise<object> => {
  const [organization, roles, members] = await Promise.all([
    get(`/api/organizations/${id}`),
    get('/api/organization-roles'),
    membersOf(id),
  ]);
  const withRoles = await pMap(
    members,
    async (member) => ({
      ...member,
      organizationRoles: (await get(`/api/organizations/${id}/users/${member.id}/roles`)).value,
    }),
    { concurrency: AT_ONCE },
  );
  return { organization: organization.value, roles: roles.value, members: withRoles };
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = JSON.stringify(await overview(request.url?.split('/')[3] ?? ''));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

createServer((request, response) => void answer(request, response)).listen(Number(process.env['PORT']), '127.0.0.1');
