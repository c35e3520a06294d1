import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from './far-end.js';
import { RedisProcess } from './redis-process.js';

const SHARED = 'redis://127.0.0.1:6379';

/** The Redis that is there for tests; they keep to keys of their own and leave its settings alone. */
export const REDIS_URL = SHARED;

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

type Describe = (name: string, tests: () => void) => void;

const { skip } = describe;

/** Tests that need something of the machine. Without it the reporter shows why they are skipped; REQUIRE_REDIS=1 has them fail. */
const describeWith = (what: string, isThere: boolean): Describe => {
  if (isThere) return describe;
  if (process.env['REQUIRE_REDIS'] !== '1') return (name, tests) => skip(`${name} (skipped: no ${what})`, tests);
  return (name) => {
    throw new Error(`${name}: there is no ${what}, and REQUIRE_REDIS=1 requires one`);
  };
};

export const describeWithRedis = describeWith('Redis on 127.0.0.1:6379', await answers(SHARED));

/** For tests that start Redis servers of their own. */
export const describeWithRedisServer = describeWith(
  'redis-server on the PATH',
  spawnSync('redis-server', ['--version']).status === 0,
);

/** Nothing is written to disk unasked, DEBUG may be sent, and a replica has everything as soon as it can. */
const OPTIONS = [
  ['--save', ''],
  ['--appendonly', 'no'],
  ['--enable-debug-command', 'yes'],
  ['--repl-diskless-sync-delay', '0'],
].flat();

/** A Redis of a test's own, to be emptied, stopped, restarted and made read-only. Only `save` writes to disk. */
export class OwnRedis extends RedisProcess {
  /** Writes a snapshot: after a kill the next start finds what was there now. */
  save(): Promise<unknown> {
    return this.command('SAVE');
  }

  /** Answers nobody for so long. */
  hang(ms: number): Promise<unknown> {
    return this.command('DEBUG', 'SLEEP', String(ms / 1000));
  }

  empty(): Promise<unknown> {
    return this.command('FLUSHALL');
  }

  /** Breaks every client's connection, subscribers' included. */
  async killClients(): Promise<void> {
    for (const type of ['normal', 'pubsub']) await this.command('CLIENT', 'KILL', 'TYPE', type);
  }

  /** This replica learns nothing more from its master, until `replicateAgain`: what the master is told meanwhile dies with it. */
  async stopReplicating(): Promise<void> {
    // The master has no password, so that it refuses a replica that sends one.
    await this.command('CONFIG', 'SET', 'masterauth', 'refused');
    await this.command('CLIENT', 'KILL', 'TYPE', 'master');
    await until('the replica to be on its own', async () => (await this.info('master_link_status')) === 'down');
  }

  /** Whether a master has been told what its replica does not know. */
  async isAheadOf(replica: OwnRedis): Promise<boolean> {
    const [mine, its] = await Promise.all([this.info('master_repl_offset'), replica.info('slave_repl_offset')]);
    return Number(mine) > Number(its);
  }

  async replicateAgain(): Promise<void> {
    await this.command('CONFIG', 'SET', 'masterauth', '');
  }

  override start(options: readonly string[] = []): Promise<void> {
    return super.start([...OPTIONS, ...options]);
  }
}
