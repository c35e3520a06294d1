import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from './far-end.js';

const SHARED = 'redis://127.0.0.1:6379';

const answers = async (url: string): Promise<boolean> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
};

const isThere = await answers(SHARED);

/** The Redis that is there for tests; they keep to keys of their own and leave its settings alone. */
export const REDIS_URL = SHARED;

/** Tests that need a Redis on 127.0.0.1:6379; where none answers they are skipped, and the reporter shows it. */
export const describeWithRedis = isThere ? describe : describe.skip;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

/** A Redis of a test's own, to be flushed, stopped and made read-only. */
export class OwnRedis {
  #process: ChildProcess | undefined;
  #port = 0;

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#port ||= await freePort();
    const options = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#process = spawn('redis-server', options, { stdio: 'ignore' });
    await until('a Redis of our own', () => answers(this.url));
  }

  /** Gone with everything in it. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }

  /** Sends a command as an operator would. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(this.url);
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }
}
