import type { Answer, Expectation, Question } from './harness/answer.js';
import type { Comparison, Contender, Peer } from './harness/compare.js';
import type { RunningServer } from './harness/servers.js';
import { MEMBERS, organization } from './stub/tenant.js';

export const ID = 'fernweh00000';
export const ORGANIZATION = `/api/organizations/${ID}`;
export const OVERVIEW = `${ORGANIZATION}/overview`;
/** More organizations than requests that are under way at once, so that none is answered by another's flight. */
const MANY = 5000;
const ANY_ORGANIZATION = '/api/organizations/org{n}';

export const BARE = 'bare node:http';
const DRESSED = 'bare node:http with all our headers';
const EDGE_OFF = 'gateway with EDGE=off';

export interface Servers {
  readonly gateway: RunningServer;
  /** Without a cache. */
  readonly cold: RunningServer;
  readonly edgeOff: RunningServer;
  readonly coldEdgeOff: RunningServer;
  readonly bare: RunningServer;
  /** Undefined where it is not installed. */
  readonly nginx: RunningServer | undefined;
  readonly nest: RunningServer;
  readonly fastify: RunningServer;
  readonly proxy: RunningServer;
  readonly yoga: RunningServer;
}

export interface Looked {
  readonly headers: Readonly<Record<string, string>>;
  /** The gateway's answers as they were before anything was measured. */
  readonly organization: Answer;
  readonly overview: Answer;
}

const isWholeOverview = (body: Buffer): string | undefined => {
  const { members, roles, meta } = JSON.parse(body.toString()) as {
    readonly members: readonly { readonly organizationRoles: readonly unknown[] }[];
    readonly roles: readonly unknown[];
    readonly meta: { readonly complete: boolean };
  };
  const withRoles = members.filter(({ organizationRoles }) => organizationRoles.length > 0).length;
  return withRoles === MEMBERS && roles.length === 3 && meta.complete ? undefined : 'not the whole overview';
};

/** A read that the gateway answers from memory. */
export const warmRead = (name: string, server: RunningServer, question: Question): Contender => ({
  name,
  server,
  path: ORGANIZATION,
  question,
  expected: { status: 200, body: Buffer.from(organization(ID)), etag: true },
});

/** Everything that is measured by requests per second, in the order of the table. */
export function comparisonsOf(servers: Servers, { headers, organization: one, overview }: Looked): Comparison[] {
  const { gateway, cold, edgeOff, coldEdgeOff, bare, nginx, nest, fastify, proxy, yoga } = servers;
  const question = { headers };
  const sameBytes: Expectation = { status: 200, body: Buffer.from(organization(ID)) };
  const sameOverview: Expectation = { status: 200, body: overview.body };
  const nothing: Expectation = { status: 304, body: Buffer.alloc(0), etag: true };
  const known = { headers: { ...headers, 'if-none-match': String(one.headers.etag) } };
  const query = encodeURIComponent(
    `{organization(id:"${ID}"){id name description members{id username name avatar primaryEmail primaryPhone organizationRoles{id name}}} roles{id name}}`,
  );
  const bareRead: Contender = { name: BARE, server: bare, path: ORGANIZATION, expected: sameBytes };
  const dressedRead: Contender = {
    name: DRESSED,
    server: bare,
    path: `/dressed${ORGANIZATION}`,
    expected: sameBytes,
  };
  const passingOn = {
    path: ANY_ORGANIZATION,
    count: MANY,
    expected: { status: 200, body: Buffer.from(organization('org000001')) },
  };
  const coldRead = (name: string, server: RunningServer): Contender => ({
    ...passingOn,
    name,
    server,
    question,
    expected: { ...passingOn.expected, etag: true },
  });
  const write = (name: string, server: RunningServer): Contender => ({
    name,
    server,
    path: `${ANY_ORGANIZATION}/users`,
    count: MANY,
    question: {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"userIds":["user00000001"]}',
    },
    expected: { status: 201 },
  });
  const fastifyWrite = write('@fastify/http-proxy', fastify);
  const cached: Peer[] = nginx
    ? [{ name: 'nginx proxy_cache', server: nginx, path: ORGANIZATION, expected: sameBytes }]
    : [];

  return [
    {
      work: 'warm GET organization, every feature on',
      connections: 32,
      gateway: warmRead('gateway', gateway, question),
      peers: [
        { ...bareRead, target: 0.6 },
        dressedRead,
        ...cached,
        {
          name: 'Nest + CacheInterceptor, no token',
          server: nest,
          path: ORGANIZATION,
          expected: sameBytes,
          target: 5,
        },
        warmRead(EDGE_OFF, edgeOff, question),
      ],
    },
    ...[1, 8].map((connections) => ({
      work: `warm GET organization, ${connections} connection${connections > 1 ? 's' : ''}`,
      connections,
      gateway: warmRead('gateway', gateway, question),
      peers: [bareRead, dressedRead],
    })),
    {
      work: `warm overview of ${MEMBERS} members (${Math.round(overview.body.length / 1000)} kB)`,
      connections: 32,
      gateway: {
        name: 'gateway',
        server: gateway,
        path: OVERVIEW,
        question,
        expected: { status: 200, etag: true, holds: isWholeOverview },
      },
      peers: [
        { name: BARE, server: bare, path: OVERVIEW, expected: sameOverview, target: 0.8 },
        { name: DRESSED, server: bare, path: `/dressed${OVERVIEW}`, expected: sameOverview },
        {
          name: 'GraphQL Yoga + response cache',
          server: yoga,
          path: `/graphql?query=${query}`,
          expected: { status: 200 },
        },
      ],
    },
    {
      work: '304 for a warm GET organization',
      connections: 32,
      gateway: { name: 'gateway', server: gateway, path: ORGANIZATION, question: known, expected: nothing },
      peers: [
        { ...bareRead, question: known, expected: nothing, target: 0.6 },
        { ...dressedRead, question: known, expected: nothing },
      ],
    },
    {
      work: 'cold GET organization (cache off)',
      connections: 32,
      gateway: coldRead('gateway', cold),
      peers: [
        { ...passingOn, name: '@fastify/http-proxy', server: fastify, target: 1 },
        { ...passingOn, name: 'http-proxy-middleware', server: proxy },
        coldRead(EDGE_OFF, coldEdgeOff),
      ],
    },
    {
      work: 'write: POST …/users',
      connections: 32,
      gateway: write('gateway', gateway),
      peers: [fastifyWrite, write('http-proxy-middleware', proxy), write(EDGE_OFF, edgeOff)],
    },
    {
      work: 'write: POST …/users, 256 connections, rounds of 3 s',
      connections: 256,
      leastSeconds: 3,
      gateway: write('gateway', gateway),
      peers: [fastifyWrite],
    },
  ];
}
