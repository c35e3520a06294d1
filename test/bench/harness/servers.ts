import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './answer.js';
import { freePort, pinned } from './machine.js';

export interface ServerSpec {
  readonly name: string;
  /** The command line for a port. */
  readonly command: (port: number) => readonly string[];
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The destination of its output. */
  readonly log: string;
  /** A path that answers 200 when it is ready. Without one, it is ready when the port accepts connections. */
  readonly readyPath?: string;
}

export interface RunningServer {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** The time from its start until it was ready. */
  readonly readyMs: number;
  /** Resident memory in MB. */
  rssMb(): number;
  /** The CPU time it has used, in milliseconds; NaN without /proc. */
  cpuMs(): number;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (accepted: boolean) => () => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });

const isReady = (port: number, path: string | undefined): Promise<boolean> =>
  path === undefined
    ? accepts(port)
    : ask(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status === 200,
        () => false,
      );

async function untilReady({ name, log, readyPath }: ServerSpec, port: number, child: ChildProcess): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(port, readyPath))) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`${name} did not get ready on port ${port}: ${readFileSync(log, 'utf8').slice(-2000)}`);
    await pause(5);
  }
}

const rssKb = (pid: number): number => Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)]).stdout.toString());

const TICK_MS = 10;

/** utime and stime. The second field, the program's name in brackets, may contain spaces. */
const cpuMs = (pid: number): number => {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return NaN;
  const fields = readFileSync(file, 'utf8').split(') ', 2)[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};

/** Starts a program in a separate process and waits until it is ready. */
export async function startServer(spec: ServerSpec): Promise<RunningServer> {
  const port = await freePort();
  const [program = '', ...args] = pinned(spec.core, spec.command(port));
  const log = openSync(spec.log, 'a');
  const startedAt = performance.now();
  const child = spawn(program, args, {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], ...spec.env, PORT: String(port) },
  });
  closeSync(log);
  await untilReady(spec, port, child);
  return {
    name: spec.name,
    url: `http://127.0.0.1:${port}`,
    port,
    readyMs: performance.now() - startedAt,
    rssMb: () => rssKb(child.pid ?? 0) / 1024,
    cpuMs: () => cpuMs(child.pid ?? 0),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
