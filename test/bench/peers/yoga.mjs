// GraphQL Yoga with its response cache: the server and the cache on which GraphQL Hive Gateway is built. Hive Gateway itself is left
// out, because it installs 510 MB. It adds a planner and federation, so it can only be slower than this.
import { createServer } from 'node:http';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';
import { createSchema, createYoga } from 'graphql-yoga';

const { PORT, UPSTREAM } = process.env;
const get = async (path) => {
  const answer = await fetch(UPSTREAM + path);
  return { value: await answer.json(), total: Number(answer.headers.get('total-number')) };
};

const membersOf = async (id) => {
  const page = (number) => get(`/api/organizations/${id}/users?page=${number}&page_size=100`);
  const first = await page(1);
  const rest = await Promise.all(
    Array.from({ length: Math.ceil(first.total / 100) - 1 }, (_, index) => page(index + 2)),
  );
  return [first, ...rest].flatMap(({ value }) => value);
};

const schema = createSchema({
  typeDefs: `
    type Role { id: ID! name: String! }
    type Member {
      id: ID! username: String name: String avatar: String primaryEmail: String primaryPhone: String organizationRoles: [Role!]!
    }
    type Organization { id: ID! name: String! description: String members: [Member!]! }
    type Query { organization(id: ID!): Organization roles: [Role!]! }
  `,
  resolvers: {
    Query: {
      organization: async (_, { id }) => (await get(`/api/organizations/${id}`)).value,
      roles: async () => (await get('/api/organization-roles')).value,
    },
    Organization: { members: ({ id }) => membersOf(id) },
  },
});

const yoga = createYoga({ schema, logging: false, plugins: [useResponseCache({ session: () => null, ttl: 600_000 })] });
createServer(yoga).listen(Number(PORT), '127.0.0.1');
