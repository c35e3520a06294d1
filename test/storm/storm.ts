import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { FaultRule } from '../../src/sandbox/faults.js';
import { startSandbox } from '../../src/sandbox/sandbox.js';
import { until } from '../support/far-end.js';
import { random } from '../support/seed.js';
import { Tokens } from '../support/tokens.js';
import type { Victim } from './launch.js';

export interface StormOptions {
  readonly callers: number;
  /** At least so long, and until `enough` has happened: a busy machine takes longer, it does not prove less. */
  readonly stormMs: number;
  readonly enough: { readonly acknowledged: number; readonly kills: number };
  /** The average pause of a caller between two calls. */
  readonly thinkMs: number;
  /** The average time before a replica is killed. */
  readonly killEveryMs: number;
  readonly redisUrl: string;
  readonly launch: (env: NodeJS.ProcessEnv, tokens: Tokens) => Victim;
}

export interface StormReport {
  readonly reads: number;
  /** Reads that waited for Logto, as the gateway says in `Server-Timing`: all of them had a stale answer. */
  readonly waited: number;
  /** Statuses of reads that had a stale answer inside its bound, where they are not 200. */
  readonly failedReads: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  /** Acknowledged writes that are not exactly once in the sandbox. */
  readonly notExactlyOnce: readonly string[];
  /** Unacknowledged writes that are there more than once. */
  readonly duplicated: readonly string[];
  readonly kills: number;
  /** The final resident memory of each replica in MB; that of this process if they run in it. */
  readonly memoryMb: readonly number[];
  /** Calls to Logto that are still in flight at the end. */
  readonly inFlight: number;
}

const API = /^\/api/;
const FAULTS: readonly (FaultRule | undefined)[] = [
  undefined,
  { path: API, delayMs: 300 },
  { path: API, chance: 0.5, status: 503 },
  { path: API, status: 500, headers: { 'content-type': 'text/plain' }, body: 'Internal Server Error' },
  { path: API, status: 429, headers: { 'retry-after': '1' } },
  { path: API, chance: 0.5, reset: 'before' },
  { path: API, chance: 0.5, reset: 'after' },
  { path: API, chance: 0.5, cut: 10 },
  { path: API, chance: 0.5, garble: true },
  { path: API, chance: 0.3, hang: true },
  { path: /oidc\/token/, status: 500 },
];
const FAULT_CHANGE_MS = 700;
/** The maximum duration as a multiple of `stormMs`. If too little has happened by then, the report shows it. */
const MAX_EXTENSION = 6;
const WRITE_SHARE = 0.1;
const ORGANIZATIONS = 20;

const randomOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/**
 * Callers read and write through replicas while Logto fails in varying ways and replicas are killed and restarted. Callers
 * use a running replica, as behind a load balancer.
 */
export async function storm(options: StormOptions): Promise<StormReport> {
  const sandbox = await startSandbox({ random });
  const tokens = new Tokens(sandbox);
  const { gateway } = sandbox.demo.clients;
  const env = {
    LOGTO_ENDPOINT: sandbox.url,
    LOGTO_CLIENT_ID: gateway.id,
    LOGTO_CLIENT_SECRET: gateway.secret,
    AUTH_AUDIENCE: sandbox.audience,
    REDIS_URL: options.redisUrl,
    // Redis may be slow on a busy machine; what happens without it is told elsewhere.
    REDIS_TIMEOUT_MS: '1000',
    UPSTREAM_TIMEOUT_MS: '1000',
    UPSTREAM_DEADLINE_MS: '2000',
    // Soon stale, but usable until the end.
    CACHE_ORGANIZATION: '500ms/10m',
    CACHE_MEMBERS: '500ms/10m',
    CACHE_ROLES: '500ms/10m',
  };
  const replicas = [options.launch(env, tokens), options.launch(env, tokens)];
  const pools = new Map<string, Pool>();
  const headers = { authorization: `Bearer ${await tokens.service()}` };

  /** Undefined when the replica was killed meanwhile. */
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const url = randomOf(replicas.filter((replica) => replica.url)).url ?? '';
    const pool = pools.get(url) ?? new Pool(url, { connections: options.callers });
    pools.set(url, pool);
    try {
      const answer = await pool.request({
        method,
        path,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        body: body ? JSON.stringify(body) : null,
      });
      const text = await answer.body.text();
      const waited = !String(answer.headers['server-timing']).includes('desc="0 calls"');
      return { status: answer.statusCode, text, waited };
    } catch {
      return undefined;
    }
  };

  const targets: string[] = [];
  for (let i = 0; i < ORGANIZATIONS; i += 1) {
    const { json } = await tokens.api('POST', '/api/organizations', { name: `calm ${i}` });
    const path = `/api/organizations/${(json as { id: string }).id}`;
    sandbox.populate(path.split('/').at(-1) ?? '', 30);
    targets.push(path, `${path}/users`, `${path}/overview`);
  }

  const failedReads: Record<string, number> = {};
  const acknowledged: string[] = [];
  const unacknowledged: string[] = [];
  let reads = 0;
  let waited = 0;
  let written = 0;
  const over = new AbortController();
  let kills = 0;

  const read = async (): Promise<void> => {
    const answer = await call('GET', randomOf(targets));
    if (!answer) return;
    reads += 1;
    if (answer.waited) waited += 1;
    if (answer.status === 200) return;
    const failure = `${answer.status} ${(JSON.parse(answer.text) as { code: string }).code}`;
    failedReads[failure] = (failedReads[failure] ?? 0) + 1;
  };
  const write = async (): Promise<void> => {
    const name = `written ${(written += 1)}`;
    const answer = await call('POST', '/api/organizations', { name });
    (answer?.status === 201 ? acknowledged : unacknowledged).push(name);
  };
  const caller = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await (random() < WRITE_SHARE ? write() : read());
      await pause(random() * 2 * options.thinkMs);
    }
  };
  const changeFaults = async (shouldContinue: () => boolean): Promise<void> => {
    while (shouldContinue()) {
      sandbox.faults.clear();
      const rule = randomOf(FAULTS);
      if (rule) sandbox.faults.add(rule);
      await pause(FAULT_CHANGE_MS);
    }
    sandbox.faults.clear();
  };
  const killer = async (shouldContinue: () => boolean): Promise<void> => {
    for (;;) {
      await pause(options.killEveryMs * (0.5 + random()));
      if (!shouldContinue()) return;
      const victim = randomOf(replicas);
      await victim.kill();
      kills += 1;
      await victim.start();
    }
  };

  try {
    await Promise.all(replicas.map((replica) => replica.start()));
    // Reads everything once, so that there is a stale reply for every later read.
    for (const target of targets) await call('GET', target);
    const callers = Promise.all(Array.from({ length: options.callers }, caller));
    const startedAt = performance.now();
    const shouldContinue = (): boolean => {
      const lasted = performance.now() - startedAt;
      const happened = acknowledged.length >= options.enough.acknowledged && kills >= options.enough.kills;
      return lasted < options.stormMs || (!happened && lasted < MAX_EXTENSION * options.stormMs);
    };
    await Promise.all([changeFaults(shouldContinue), killer(shouldContinue)]);
    over.abort();
    await callers;

    const stored = new Map<string, number>();
    for (let page = 1, more = true; more; page += 1) {
      const { json } = await tokens.api('GET', `/api/organizations?q=written&page=${page}&page_size=100`);
      const rows = json as { name: string }[];
      for (const { name } of rows) stored.set(name, (stored.get(name) ?? 0) + 1);
      more = rows.length === 100;
    }
    const metric = async (name: string): Promise<number[]> =>
      Promise.all(
        replicas.map(async ({ url }) => {
          const text = await (await fetch(`${url}/metrics`)).text();
          return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
        }),
      );
    const inFlight = async () => (await metric('gateway_upstream_calls_in_flight')).reduce((a, b) => a + b, 0);
    await until('all calls to end', async () => (await inFlight()) === 0).catch(() => undefined);
    return {
      reads,
      waited,
      failedReads,
      acknowledged: acknowledged.length,
      notExactlyOnce: acknowledged.filter((name) => stored.get(name) !== 1),
      duplicated: unacknowledged.filter((name) => (stored.get(name) ?? 0) > 1),
      kills,
      memoryMb: (await metric('process_resident_memory_bytes')).map((bytes) => Math.round(bytes / 1024 ** 2)),
      inFlight: await inFlight(),
    };
  } finally {
    over.abort();
    await Promise.all(replicas.map((replica) => replica.kill()));
    await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    await sandbox.close();
  }
}
