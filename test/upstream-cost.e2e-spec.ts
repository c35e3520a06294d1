import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

/** 250 members: three pages. */
const LARGE = 'fernweh00000';
const SMALL = 'studio000000';

type Agent = Awaited<ReturnType<Running['as']>>;

interface Row {
  readonly operation: string;
  readonly by?: 'user';
  readonly ask: (client: Agent) => PromiseLike<{ readonly status: number }>;
  /** Calls to Logto when nothing is cached, and when everything is. */
  readonly cold: number;
  readonly warm: number;
  readonly because: string;
}

const membersWithRoles = (from: number, roles: readonly string[]) => ({
  members: roles.map((organizationRoleName, index) => ({
    userId: `guide${String(from + index).padStart(7, '0')}`,
    organizationRoleNames: [organizationRoleName],
  })),
});

const ROWS: readonly Row[] = [
  {
    operation: 'overview, 250 members',
    ask: (client) => client.get(`/api/organizations/${LARGE}/overview`),
    cold: 1 + 3 + 1,
    warm: 0,
    because: 'organization + pages + roles',
  },
  {
    operation: 'overview, sorted and filtered by role',
    ask: (client) => client.get(`/api/organizations/${LARGE}/overview?role=member&sort=name&memberLimit=5`),
    cold: 1 + 3 + 1,
    warm: 0,
    because: 'the same parts',
  },
  {
    operation: 'overview, include=members, memberLimit=100',
    ask: (client) => client.get(`/api/organizations/${LARGE}/overview?include=members&memberLimit=100`),
    cold: 1 + 1,
    warm: 0,
    because: 'organization + one page',
  },
  {
    operation: 'overviews of two organizations',
    ask: (client) => client.post('/api/organizations/overviews').send({ ids: [LARGE, SMALL, LARGE] }),
    cold: 1 + 3 + 1 + (1 + 1),
    warm: 0,
    because: 'the parts of both, the roles once',
  },
  {
    operation: 'one member',
    ask: (client) => client.get(`/api/organizations/${LARGE}/users/dmitri000000`),
    cold: 3,
    warm: 0,
    because: 'user + roles + scopes',
  },
  {
    operation: 'permission matrix, 250 members',
    ask: (client) => client.get(`/api/organizations/${LARGE}/permissions`),
    cold: 1 + 3 + 1,
    warm: 0,
    because: 'the parts of the overview',
  },
  {
    operation: 'export, 250 members',
    ask: (client) => client.get(`/api/organizations/${LARGE}/users/export`),
    cold: 3,
    warm: 3,
    because: 'a page per hundred, never remembered',
  },
  {
    operation: 'my organizations',
    by: 'user',
    ask: (client) => client.get('/api/me/organizations'),
    cold: 1,
    warm: 0,
    because: 'one list',
  },
  {
    operation: 'my membership',
    by: 'user',
    ask: (client) => client.get(`/api/me/organizations/${LARGE}`),
    cold: 2,
    warm: 0,
    because: 'roles + scopes',
  },
];

describe('calls to Logto', () => {
  const measured: string[] = [];
  const note = (operation: string, cold: number, warm: number, because: string): void => {
    measured.push(
      `| ${operation.padEnd(46)} | ${String(cold).padStart(4)} | ${String(warm).padStart(4)} | ${because} |`,
    );
  };
  let running: Running;

  beforeAll(async () => {
    running = await startGateway();
    // The live check and the first token are not part of any operation.
    await (await running.as()).get('/api/organization-scopes').expect(200);
  });
  afterAll(async () => {
    process.stdout.write(
      ['', '| operation | cold | warm | because |', '|---|---|---|---|', ...measured, ''].join('\n'),
    );
    await running.close();
  });

  it.each(ROWS)('$operation: $cold when cold, $warm when warm ($because)', async (row) => {
    const { ask, by, cold, warm, because, operation } = row;
    const own = await startGateway();
    try {
      const { owner } = own.sandbox.demo.users;
      const client = await own.as(by === 'user' ? own.tokens.user(owner) : own.tokens.service());
      const calls = async () => {
        own.sandbox.forget();
        expect((await ask(client)).status).toBe(200);
        return own.upstreamCalls().length;
      };
      const found = { cold: await calls(), warm: await calls() };
      note(operation, found.cold, found.warm, because);
      expect(found).toEqual({ cold, warm });
    } finally {
      await own.close();
    }
  });

  it('members with roles: 1 write of memberships and 1 for each distinct set of roles, after 3 reads to look users up', async () => {
    const client = await running.as();
    const roles = ['member', 'guest', 'member', 'guest', 'member', 'guest'];
    const addMembers = async (from: number): Promise<string[]> => {
      running.sandbox.forget();
      await client.post(`/api/organizations/${SMALL}/members`).send(membersWithRoles(from, roles)).expect(201);
      return running.upstreamCalls();
    };
    const cold = await addMembers(10);
    const warm = await addMembers(20);
    note(
      'members with roles, 6 users, 2 sets of roles',
      cold.length,
      warm.length,
      'organization + users (2) + roles once + writes (3)',
    );
    expect([cold.length, warm.length]).toEqual([1 + 2 + 1 + 3, 1 + 2 + 3]);
    for (const calls of [cold, warm]) expect(calls.filter((call) => !call.startsWith('GET'))).toHaveLength(1 + 2);
  });
});
