import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from './far-end.js';
import { RedisProcess } from './redis-process.js';

const SHARED = 'redis://127.0.0.1:6379';

/** The shared Redis for tests, which use their own keys and do not change its settings. */
export const REDIS_URL = SHARED;

const isReachable = async (url: string): Promise<boolean> => {
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

/** Tests that need something installed. Without it they are skipped and the reporter shows why; with REQUIRE_REDIS=1 they fail. */
const describeWith = (what: string, isThere: boolean): Describe => {
  if (isThere) return describe;
  if (process.env['REQUIRE_REDIS'] !== '1') return (name, tests) => skip(`${name} (skipped: no ${what})`, tests);
  return (name) => {
    throw new Error(`${name}: there is no ${what}, and REQUIRE_REDIS=1 requires one`);
  };
};

export const describeWithRedis = describeWith('Redis on 127.0.0.1:6379', await isReachable(SHARED));

/** For tests that start their own Redis servers. */
export const describeWithRedisServer = describeWith(
  'redis-server on the PATH',
  spawnSync('redis-server', ['--version']).status === 0,
);

/** No automatic snapshots, DEBUG is enabled, and replication starts without delay. */
const OPTIONS = [
  ['--save', ''],
  ['--appendonly', 'no'],
  ['--enable-debug-command', 'yes'],
  ['--repl-diskless-sync-delay', '0'],
].flat();

/** A test's own Redis, which it may flush, stop and restart. Only `save` writes to disk. */
export class OwnRedis extends RedisProcess {
  /** Writes a snapshot, which the next start after a kill loads. */
  save(): Promise<unknown> {
    return this.command('SAVE');
  }

  /** Blocks the server for this time. */
  hang(ms: number): Promise<unknown> {
    return this.command('DEBUG', 'SLEEP', String(ms / 1000));
  }

  empty(): Promise<unknown> {
    return this.command('FLUSHALL');
  }

  /** Closes all clients' connections, including those of subscribers. */
  async killClients(): Promise<void> {
    for (const type of ['normal', 'pubsub']) await this.command('CLIENT', 'KILL', 'TYPE', type);
  }

  /** Stops the replication from the master until `replicateAgain`, so that the master's later writes are lost in a failover. */
  async stopReplicating(): Promise<void> {
    // The master has no password, so it refuses a replica that sends one.
    await this.command('CONFIG', 'SET', 'masterauth', 'refused');
    await this.command('CLIENT', 'KILL', 'TYPE', 'master');
    await until('the replication has stopped', async () => (await this.info('master_link_status')) === 'down');
  }

  /** Whether this master has writes that the replica lacks. */
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
