// Longer than others: the whole program of a benchmark in the order it happens, each measurement as data.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, ask, type Expectation } from './harness/answer.js';
import { callerToken } from './harness/caller-token.js';
import { coldOverviews } from './harness/cold-overview.js';
import { type Comparison, compare, type Measured, type ResultRow, rowsOf } from './harness/compare.js';
import { LineUp } from './harness/line-up.js';
import { circumstances, table } from './harness/report.js';
import { withResults } from './harness/results-block.js';
import { median } from './harness/statistics.js';
import { compareTails } from './harness/tail.js';
import { MEMBERS, organization } from './stub/tenant.js';

// A program, started by `npm run bench`. --rounds=5 --seconds=1 say how long; --only=text runs the comparisons whose name holds the
// text; --write puts the table into docs/performance.md.

const option = (name: string): string | undefined =>
  process.argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3);
const effort = { rounds: Number(option('rounds') ?? 5), seconds: Number(option('seconds') ?? 1) };
const only = option('only') ?? '';
const PAGE = 'docs/performance.md';

const ID = 'fernweh00000';
const ORGANIZATION = `/api/organizations/${ID}`;
const OVERVIEW = `${ORGANIZATION}/overview`;
/** So long that the first requests, which come on all connections at once, and who waits behind them are less than a hundredth of all. */
const TAIL = { rounds: 5, seconds: 8 };
/** Idle is who has had nothing to do for so long. */
const QUIET_MS = 3000;
/** More organizations than requests that are under way at once, so that none is answered by another's flight. */
const MANY = 5000;
const ANY_ORGANIZATION = '/api/organizations/org{n}';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What a benchmark of an authenticated gateway is worth without: nobody gets in without a token, nor with a token that permits nothing. */
async function provenGuarded(gateway: string, powerless: string): Promise<void> {
  const { status: anonymous } = await ask(gateway + ORGANIZATION);
  const { status: forbidden } = await ask(gateway + ORGANIZATION, {
    headers: { authorization: `Bearer ${powerless}` },
  });
  if (anonymous !== 401 || forbidden !== 403)
    throw new Error(`the gateway is not guarded: ${anonymous} without a token, ${forbidden} without a permission`);
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

const dressed = ({ headers }: Answer): Record<string, string> => {
  const { connection: _c, 'keep-alive': _k, date: _d, 'content-length': _l, ...rest } = headers;
  return rest as Record<string, string>;
};
const plain = ({ headers }: Answer): Record<string, string> => ({
  'content-type': String(headers['content-type']),
  etag: String(headers.etag),
});

/** The lines of the comparison whose peer is called so. */
const ratesOf = (measured: readonly Measured[], name: string): number =>
  median(measured.find((one) => one.name === name)?.perSecond ?? []);

async function measure(
  lineUp: LineUp,
): Promise<{ readonly rows: readonly ResultRow[]; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  say('starting stub, gateway and peers');
  const stub = await lineUp.stub();
  const redis = await lineUp.redis();
  if (!redis) notes.push('Left out: Redis is not installed, the gateway runs without one.');
  const env = redis ? { REDIS_URL: `redis://127.0.0.1:${redis.port}` } : {};
  const gateway = await lineUp.gateway('gateway', stub, env);
  await pause(QUIET_MS);
  const idleMb = gateway.rssMb();
  const cold = await lineUp.gateway('gateway, cache off', stub, { ...env, CACHE_MAX_BYTES: '0' });
  const starts = [gateway.readyMs, cold.readyMs];

  const token = await callerToken(stub.url, 'read:organizations read:members read:roles manage:members');
  await provenGuarded(gateway.url, await callerToken(stub.url, ''));
  const headers = { authorization: `Bearer ${token}` };
  const question = { headers };

  const one = await ask(gateway.url + ORGANIZATION, question);
  const overview = await ask(gateway.url + OVERVIEW, question);
  const bare = await lineUp.bare([
    { path: ORGANIZATION, headers: plain(one), body: one.body.toString() },
    { path: `/dressed${ORGANIZATION}`, headers: dressed(one), body: one.body.toString() },
    { path: OVERVIEW, headers: plain(overview), body: overview.body.toString() },
    { path: `/dressed${OVERVIEW}`, headers: dressed(overview), body: overview.body.toString() },
  ]);
  const nginx = await lineUp.nginx(stub);
  if (!nginx) notes.push('Left out: nginx is not installed.');
  const [nest, fastify, proxy, yoga, nPlusOne] = [
    await lineUp.peer('nest-cache', stub),
    await lineUp.peer('fastify-proxy', stub),
    await lineUp.peer('http-proxy-middleware', stub),
    await lineUp.peer('yoga', stub),
    await lineUp.nPlusOne(stub),
  ];

  const sameBytes: Expectation = { status: 200, body: Buffer.from(organization(ID)) };
  const sameOverview: Expectation = { status: 200, body: overview.body };
  const anyOrganization: Expectation = { status: 200, body: Buffer.from(organization('org000001')) };
  const added: Expectation = { status: 201 };
  const nothing: Expectation = { status: 304, body: Buffer.alloc(0), etag: true };
  const known = { headers: { ...headers, 'if-none-match': String(one.headers.etag) } };
  const writing = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"userIds":["user00000001"]}',
  };
  const query = encodeURIComponent(
    `{organization(id:"${ID}"){id name description members{id username name avatar primaryEmail primaryPhone organizationRoles{id name}}} roles{id name}}`,
  );
  const passingOn = { path: ANY_ORGANIZATION, count: MANY, expected: anyOrganization };
  const bareName = 'bare node:http';
  const dressedName = 'bare node:http with all our headers';

  const comparisons: Comparison[] = [
    {
      work: 'warm GET organization, every feature on',
      connections: 32,
      gateway: {
        name: 'gateway',
        server: gateway,
        path: ORGANIZATION,
        question,
        expected: { ...sameBytes, etag: true },
      },
      peers: [
        { name: bareName, server: bare, path: ORGANIZATION, expected: sameBytes, target: 0.6 },
        { name: dressedName, server: bare, path: `/dressed${ORGANIZATION}`, expected: sameBytes },
        ...(nginx ? [{ name: 'nginx proxy_cache', server: nginx, path: ORGANIZATION, expected: sameBytes }] : []),
        {
          name: 'Nest + CacheInterceptor, no token',
          server: nest,
          path: ORGANIZATION,
          expected: sameBytes,
          target: 5,
        },
      ],
    },
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
        { name: bareName, server: bare, path: OVERVIEW, expected: sameOverview, target: 0.8 },
        { name: dressedName, server: bare, path: `/dressed${OVERVIEW}`, expected: sameOverview },
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
        { name: bareName, server: bare, path: ORGANIZATION, question: known, expected: nothing, target: 0.6 },
        { name: dressedName, server: bare, path: `/dressed${ORGANIZATION}`, question: known, expected: nothing },
      ],
    },
    {
      work: 'cold GET organization (cache off)',
      connections: 32,
      gateway: {
        name: 'gateway',
        server: cold,
        path: ANY_ORGANIZATION,
        count: MANY,
        question,
        expected: { ...anyOrganization, etag: true },
      },
      peers: [
        { name: '@fastify/http-proxy', server: fastify, ...passingOn, target: 1 },
        { name: 'http-proxy-middleware', server: proxy, ...passingOn },
      ],
    },
    {
      work: 'write: POST …/users',
      connections: 32,
      gateway: {
        name: 'gateway',
        server: gateway,
        path: `${ANY_ORGANIZATION}/users`,
        count: MANY,
        question: writing,
        expected: added,
      },
      peers: [
        { name: '@fastify/http-proxy', server: fastify },
        { name: 'http-proxy-middleware', server: proxy },
      ].map((peer) => ({
        ...peer,
        path: `${ANY_ORGANIZATION}/users`,
        count: MANY,
        question: writing,
        expected: added,
      })),
    },
  ];

  const rows: ResultRow[] = [];
  for (const comparison of comparisons.filter(({ work }) => work.includes(only))) {
    say(comparison.work);
    const measured = await compare(comparison, effort);
    rows.push(...rowsOf(comparison, measured));
    const [peer] = comparison.peers;
    if (comparison === comparisons[0] && peer) {
      say('p99 at half the saturation rate');
      const ours = { contender: comparison.gateway, saturation: ratesOf(measured, 'gateway') };
      const theirs = { contender: peer, saturation: ratesOf(measured, bareName) };
      rows.push(await compareTails(ours, theirs, { ...TAIL, target: 3 }));
    }
  }
  if (only === '') {
    say('cold overviews');
    const setting = { stub: stub.url, coldGateway: cold.url, gateway: gateway.url, nPlusOne: nPlusOne.url, question };
    rows.push(...(await coldOverviews(setting)));
    rows.push(startRow(starts), idleRow(idleMb));
  }
  notes.push(
    `GraphQL Hive Gateway is left out: it installs 510 MB. GraphQL Yoga with its response cache is what it is built on.`,
  );
  return { rows, notes };
}

const startRow = (starts: readonly number[]): ResultRow => ({
  work: 'process ready from start',
  gateway: `${Math.round(median(starts))} ms`,
  against: '',
  peer: '',
  ratio: '',
  cpuRatio: '',
  target: '≤ 1500 ms',
  reached: median(starts) <= 1500,
});

const idleRow = (mb: number): ResultRow => ({
  work: 'resident memory when idle (3 s after the start)',
  gateway: `${Math.round(mb)} MB`,
  against: '',
  peer: '',
  ratio: '',
  cpuRatio: '',
  target: '≤ 120 MB',
  reached: mb <= 120,
});

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const lineUp = new LineUp(folder);
const startedAt = performance.now();
try {
  const { rows, notes } = await measure(lineUp);
  const results = `${circumstances(effort, notes)}\n\n${table(rows)}`;
  process.stdout.write(`\n${results}\n`);
  if (process.argv.includes('--write')) writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results));
} finally {
  await lineUp.stop();
  rmSync(folder, { recursive: true, force: true });
  say(`${Math.round((performance.now() - startedAt) / 1000)} s`);
}
