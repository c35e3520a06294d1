import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { FaultRule } from '../../src/sandbox/faults.js';
import { startSandbox } from '../../src/sandbox/sandbox.js';
import { until } from '../support/far-end.js';
import { Tokens } from '../support/tokens.js';
import type { Victim } from './launch.js';

export interface StormOptions {
  readonly callers: number;
  /** Before anything goes wrong: what reads cost then is the measure. */
  readonly calmMs: number;
  /** At least so long, and until `enough` has happened: a busy machine takes longer, it does not prove less. */
  readonly stormMs: number;
  readonly enough: { readonly acknowledged: number; readonly kills: number };
  /** What every caller does between two calls. */
  readonly thinkMs: number;
  /** How long a replica lives before it is killed, on the average. */
  readonly killEveryMs: number;
  readonly redisUrl: string;
  readonly launch: (env: NodeJS.ProcessEnv, tokens: Tokens) => Victim;
}

export interface Time {
  /** As the caller saw it: with this process, the gateways and whatever else runs competing for the machine. */
  readonly wallMs: number;
  /** As the gateway says in `Server-Timing`. */
  readonly insideMs: number;
}

export interface StormReport {
  readonly reads: number;
  /** Statuses of reads that had a stale answer inside its bound, where they are not 200. */
  readonly failedReads: Readonly<Record<string, number>>;
  /** The 99th percentiles of reads, calm and in the storm. */
  readonly calm: Time;
  readonly stormy: Time;
  readonly acknowledged: number;
  /** Acknowledged, and not exactly once in the sandbox. */
  readonly wronglyKept: readonly string[];
  /** Not acknowledged, and there more than once. */
  readonly repeated: readonly string[];
  readonly kills: number;
  /** Resident memory of each replica at its end, in MB; of this process where they live in it. */
  readonly memoryMb: readonly number[];
  /** Calls that still wait for Logto when all is over. */
  readonly leftBehind: number;
}

const API = /^\/api/;
const WEATHER: readonly (FaultRule | undefined)[] = [
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
const WEATHER_CHANGES_MS = 700;
/** In storm times: a storm in which too little happens ends all the same, and its report says so. */
const LONGEST = 6;
const WRITE_SHARE = 0.1;
const ORGANIZATIONS = 20;

const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
const p99 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
const p99Of = (times: readonly Time[]): Time => ({
  wallMs: p99(times.map(({ wallMs }) => wallMs)),
  insideMs: p99(times.map(({ insideMs }) => insideMs)),
});

/**
 * Callers read and write through replicas while Logto misbehaves by turns and replicas are killed and come back. Callers
 * go to a replica that is up, as behind a load balancer.
 */
export async function storm(options: StormOptions): Promise<StormReport> {
  const sandbox = await startSandbox();
  const tokens = new Tokens(sandbox);
  const { gateway } = sandbox.demo.clients;
  const env = {
    LOGTO_ENDPOINT: sandbox.url,
    LOGTO_CLIENT_ID: gateway.id,
    LOGTO_CLIENT_SECRET: gateway.secret,
    AUTH_AUDIENCE: sandbox.audience,
    REDIS_URL: options.redisUrl,
    UPSTREAM_TIMEOUT_MS: '1000',
    UPSTREAM_DEADLINE_MS: '2000',
    // Stale soon, and bearable to the end.
    CACHE_ORGANIZATION: '500ms/10m',
    CACHE_MEMBERS: '500ms/10m',
    CACHE_ROLES: '500ms/10m',
  };
  const replicas = [options.launch(env, tokens), options.launch(env, tokens)];
  const pools = new Map<string, Pool>();
  const headers = { authorization: `Bearer ${await tokens.service()}` };

  /** Undefined: the replica was killed meanwhile, and nobody answered. */
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const url = any(replicas.filter((replica) => replica.url)).url ?? '';
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
      const [, inside] = /total;dur=([\d.]+)/.exec(String(answer.headers['server-timing'])) ?? [];
      return { status: answer.statusCode, text, insideMs: Number(inside ?? 0) };
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
  const unknown: string[] = [];
  let times: Time[] = [];
  let reads = 0;
  let written = 0;
  const over = new AbortController();
  let kills = 0;

  const read = async (): Promise<void> => {
    const startedAt = performance.now();
    const target = any(targets);
    const answer = await call('GET', target);
    if (!answer) return;
    times.push({ wallMs: performance.now() - startedAt, insideMs: answer.insideMs });
    reads += 1;
    if (answer.status === 200) return;
    const failure = `${answer.status} ${(JSON.parse(answer.text) as { code: string }).code}`;
    failedReads[failure] = (failedReads[failure] ?? 0) + 1;
  };
  const write = async (): Promise<void> => {
    const name = `written ${(written += 1)}`;
    const answer = await call('POST', '/api/organizations', { name });
    (answer?.status === 201 ? acknowledged : unknown).push(name);
  };
  const caller = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await (Math.random() < WRITE_SHARE ? write() : read());
      await pause(Math.random() * 2 * options.thinkMs);
    }
  };
  const weather = async (goesOn: () => boolean): Promise<void> => {
    while (goesOn()) {
      sandbox.faults.clear();
      const rule = any(WEATHER);
      if (rule) sandbox.faults.add(rule);
      await pause(WEATHER_CHANGES_MS);
    }
    sandbox.faults.clear();
  };
  const killer = async (goesOn: () => boolean): Promise<void> => {
    for (;;) {
      await pause(options.killEveryMs * (0.5 + Math.random()));
      if (!goesOn()) return;
      const victim = any(replicas);
      await victim.kill();
      kills += 1;
      await victim.start();
    }
  };

  try {
    await Promise.all(replicas.map((replica) => replica.start()));
    // Everything is read once: from here on there is a stale answer to all of it.
    for (const target of targets) await call('GET', target);
    const callers = Promise.all(Array.from({ length: options.callers }, caller));
    await pause(options.calmMs / 2);
    times = [];
    await pause(options.calmMs / 2);
    const calm = p99Of(times);
    times = [];
    const startedAt = performance.now();
    const goesOn = (): boolean => {
      const lasted = performance.now() - startedAt;
      const happened = acknowledged.length >= options.enough.acknowledged && kills >= options.enough.kills;
      return lasted < options.stormMs || (!happened && lasted < LONGEST * options.stormMs);
    };
    await Promise.all([weather(goesOn), killer(goesOn)]);
    const stormy = p99Of(times);
    over.abort();
    await callers;

    const kept = new Map<string, number>();
    for (let page = 1, more = true; more; page += 1) {
      const { json } = await tokens.api('GET', `/api/organizations?q=written&page=${page}&page_size=100`);
      const rows = json as { name: string }[];
      for (const { name } of rows) kept.set(name, (kept.get(name) ?? 0) + 1);
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
    await until('everything under way to end', async () => (await inFlight()) === 0).catch(() => undefined);
    return {
      reads,
      failedReads,
      calm,
      stormy,
      acknowledged: acknowledged.length,
      wronglyKept: acknowledged.filter((name) => kept.get(name) !== 1),
      repeated: unknown.filter((name) => (kept.get(name) ?? 0) > 1),
      kills,
      memoryMb: (await metric('process_resident_memory_bytes')).map((bytes) => Math.round(bytes / 1024 ** 2)),
      leftBehind: await inFlight(),
    };
  } finally {
    over.abort();
    await Promise.all(replicas.map((replica) => replica.kill()));
    await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    await sandbox.close();
  }
}
