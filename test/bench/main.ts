import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, ask } from './harness/answer.js';
import { callerToken } from './harness/caller-token.js';
import { coldOverviews } from './harness/cold-overview.js';
import { compare, type Contender, type Measured, type ResultRow, rowsOf } from './harness/compare.js';
import { LineUp } from './harness/line-up.js';
import { circumstances, table } from './harness/report.js';
import { withResults } from './harness/results-block.js';
import { median } from './harness/statistics.js';
import { compareTails } from './harness/tail.js';
import { bundleVariant, VARIANTS } from './harness/variants.js';
import { BARE, comparisonsOf, ORGANIZATION, OVERVIEW, warmRead } from './comparisons.js';

// Started by `npm run bench`. --rounds=5 --seconds=1 set the length; --only=text runs the comparisons with this text in their name;
// --write puts the table into docs/performance.md.

const option = (name: string): string | undefined =>
  process.argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3);
const effort = { rounds: Number(option('rounds') ?? 5), seconds: Number(option('seconds') ?? 1) };
const only = option('only') ?? '';
const PAGE = 'docs/performance.md';

/** Long enough that the first requests, which arrive on all connections at once and delay others, are less than a hundredth. */
const TAIL = { rounds: 5, seconds: 8 };
/** A process is idle after this time without work. */
const QUIET_MS = 3000;
/** Compares the gateway with one in which a part that relies on undocumented behaviour is replaced by a plain one (decisions 61 and 62). */
const PLAIN_PARTS = 'warm GET organization, one part replaced by a plain one';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Checks that authentication is on: requests without a token, or with a token without permissions, are refused. */
async function provenGuarded(gateway: string, powerless: string): Promise<void> {
  const { status: anonymous } = await ask(gateway + ORGANIZATION);
  const { status: forbidden } = await ask(gateway + ORGANIZATION, {
    headers: { authorization: `Bearer ${powerless}` },
  });
  if (anonymous !== 401 || forbidden !== 403)
    throw new Error(`the gateway is not guarded: ${anonymous} without a token, ${forbidden} without a permission`);
}

const dressed = ({ headers }: Answer): Record<string, string> => {
  const { connection: _c, 'keep-alive': _k, date: _d, 'content-length': _l, ...rest } = headers;
  return rest as Record<string, string>;
};
const plain = ({ headers }: Answer): Record<string, string> => ({
  'content-type': String(headers['content-type']),
  etag: String(headers.etag),
});

/** The median requests per second of the server with this name. */
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
  const edgeOff = await lineUp.gateway('gateway, edge off', stub, { ...env, EDGE: 'off' });
  const coldEdgeOff = await lineUp.gateway('gateway, cache and edge off', stub, {
    ...env,
    CACHE_MAX_BYTES: '0',
    EDGE: 'off',
  });
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

  const looked = { headers, organization: one, overview };
  const comparisons = comparisonsOf(
    { gateway, cold, edgeOff, coldEdgeOff, bare, nginx, nest, fastify, proxy, yoga },
    looked,
  );
  const rows: ResultRow[] = [];
  for (const comparison of comparisons.filter(({ work }) => work.includes(only))) {
    say(comparison.work);
    const measured = await compare(comparison, effort);
    rows.push(...rowsOf(comparison, measured));
    const [peer] = comparison.peers;
    if (comparison === comparisons[0] && peer) {
      say('p99 at half the saturation rate');
      const ours = { contender: comparison.gateway, saturation: ratesOf(measured, 'gateway') };
      const theirs = { contender: peer, saturation: ratesOf(measured, BARE) };
      rows.push(await compareTails(ours, theirs, { ...TAIL, target: 3 }));
    }
  }
  if (PLAIN_PARTS.includes(only)) {
    say(PLAIN_PARTS);
    const ours = warmRead('gateway', gateway, question);
    const peers: Contender[] = [];
    for (const variant of VARIANTS) {
      const server = await lineUp.gateway(variant.name, stub, env, [await bundleVariant(variant)]);
      peers.push(warmRead(variant.name, server, question));
    }
    const comparison = { work: PLAIN_PARTS, connections: 32, gateway: ours, peers };
    rows.push(...rowsOf(comparison, await compare(comparison, effort)));
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
