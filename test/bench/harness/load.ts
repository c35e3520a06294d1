import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { has, LOAD_CORE, pinned } from './machine.js';

/** One request, sent repeatedly. `{n}` in the path is replaced by `count` values in turn. */
export interface LoadSpec {
  readonly url: string;
  readonly path: string;
  readonly count?: number | undefined;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second; by default as many as possible. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Statuses from 400 on, lost connections, and missing answers. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const run = promisify(execFile);
const here = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

const BEAT_MS = 20;

/** wrk pauses before each request. This number of connections and this pause give the requested rate. */
const wrk = async (load: LoadSpec): Promise<LoadResult> => {
  const connections = load.rate ? Math.max(1, Math.round((load.rate * BEAT_MS) / 1000)) : load.connections;
  const options = {
    path: load.path,
    count: load.count,
    method: load.method,
    body: load.body,
    delay: load.rate ? BEAT_MS : undefined,
  };
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const command =
    `wrk --threads 1 --connections ${connections} --duration ${load.seconds}s --timeout 10s --script`.split(' ');
  const [program = '', ...args] = pinned(LOAD_CORE, [
    ...command,
    here('harness/wrk.lua'),
    ...headers,
    load.url,
    '--',
    ...given,
  ]);
  const { stdout } = await run(program, args);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as LoadResult;
};

const autocannon = async ({ path, count = 1, ...load }: LoadSpec): Promise<LoadResult> => {
  const paths = Array.from({ length: count }, (_, index) => path.replace('{n}', String(index + 1).padStart(6, '0')));
  const wish = JSON.stringify({ ...load, paths });
  const [program = '', ...args] = pinned(LOAD_CORE, [process.execPath, here('peers/autocannon.mjs'), wish]);
  const { stdout } = await run(program, args);
  return JSON.parse(stdout) as LoadResult;
};

export const loadGenerator = has('wrk') ? 'wrk' : 'autocannon';

/** Puts load on a server and returns the result. */
export const putLoad: (load: LoadSpec) => Promise<LoadResult> = loadGenerator === 'wrk' ? wrk : autocannon;
