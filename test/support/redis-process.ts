import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './far-end.js';

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

/** A port that was free just now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

/** A process of the installed redis-server with its own folder, on a free port that it keeps over restarts. */
export class RedisProcess {
  #process: ChildProcess | undefined;
  #folder: string | undefined;
  #port = 0;

  /** @param optionsOf the command line options to listen on a port */
  constructor(private readonly optionsOf = (port: string): string => `--port ${port}`) {}

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The folder of its files. */
  get folder(): string {
    return (this.#folder ??= mkdtempSync(join(tmpdir(), 'redis-')));
  }

  /** @param options additional command line options for this start */
  async start(options: readonly string[] = []): Promise<void> {
    this.#port ||= await freePort();
    const own = [...this.optionsOf(String(this.#port)).split(' '), '--bind', '127.0.0.1', '--dir', this.folder];
    const child = spawn('redis-server', [...own, ...options], { stdio: 'ignore' });
    this.#process = child;
    const isSettled = async (): Promise<boolean> => !this.isRunning || (await listens(this.#port));
    await until(`redis-server on port ${this.#port}`, isSettled, 20_000);
    if (!this.isRunning)
      throw new Error(`redis-server ended with ${child.exitCode}: ${[...own, ...options].join(' ')}`);
  }

  /** Kills the process with SIGKILL. Its files remain for the next start. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || !this.isRunning) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Kills the process and deletes its files. */
  async stop(): Promise<void> {
    await this.kill();
    if (this.#folder) rmSync(this.#folder, { recursive: true });
    this.#folder = undefined;
  }

  /** Suspends the process, which keeps its connections, until `resume`. */
  suspend(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Sends a command on a separate connection. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    // A short timeout, so that the connection does not outlive the test.
    const client = new Redis(this.url, { disconnectTimeout: 20 });
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  /** A field of INFO. */
  async info(field: string): Promise<string | undefined> {
    const text = String(await this.command('INFO'));
    return new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(text)?.[1];
  }
}
