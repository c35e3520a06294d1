import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './far-end.js';
import { OwnRedis } from './redis.js';
import { RedisProcess } from './redis-process.js';

const NAME = 'mymaster';

/**
 * Short periods, so that sentinels discover each other soon, and no TILT mode because of a busy machine's clock. A replica is
 * considered healthy if it replied within five ping periods, and it is pinged every second.
 */
const TIMINGS = [
  ['ping-period', 400],
  ['info-period', 200],
  ['ask-period', 100],
  ['publish-period', 100],
  ['min-link-reconnect-period', 100],
  ['tilt-trigger', 60_000],
].flat();

class Sentinel extends RedisProcess {
  constructor() {
    super((port) => `${this.#configuration} --sentinel --port ${port}`);
  }

  get #configuration(): string {
    return join(this.folder, 'sentinel.conf');
  }

  /** @param isFirst whether it is the first to notice a failure of the master; concurrent elections would take seconds longer */
  async watch(master: OwnRedis, isFirst: boolean): Promise<void> {
    // A replica may be disconnected from its master for ten times this and still be promoted.
    const lines = [
      `sentinel monitor ${NAME} 127.0.0.1 ${master.port} ${isFirst ? 2 : 3}`,
      `sentinel down-after-milliseconds ${NAME} ${isFirst ? 800 : 1000}`,
      `sentinel failover-timeout ${NAME} 1000`,
    ];
    writeFileSync(this.#configuration, lines.join('\n'));
    await this.start();
    await this.command('SENTINEL', 'DEBUG', ...TIMINGS.map(String));
  }

  /** The port of the current master. */
  async master(): Promise<number> {
    const [, port] = (await this.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string];
    return Number(port);
  }

  /** The number of other sentinels and of healthy replicas that it knows. */
  async knows(): Promise<{ sentinels: number; replicas: number }> {
    const sentinels = (await this.command('SENTINEL', 'SENTINELS', NAME)) as unknown[];
    const replicas = (await this.command('SENTINEL', 'REPLICAS', NAME)) as string[][];
    const isHealthy = (fields: string[]): boolean => fields[fields.indexOf('flags') + 1] === 'slave';
    return { sentinels: sentinels.length, replicas: replicas.filter(isHealthy).length };
  }
}

/** A master, its replica, and three sentinels for failovers. */
export class RedisSentinels {
  readonly #sentinels = Array.from({ length: 3 }, () => new Sentinel());
  #isStopped = false;
  master = new OwnRedis();
  replica = new OwnRedis();

  get url(): string {
    return `redis+sentinel://${this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`;
  }

  async start(): Promise<void> {
    await this.master.start();
    await this.#startReplica();
    await Promise.all(this.#sentinels.map((sentinel, index) => sentinel.watch(this.master, index === 0)));
    await this.#untilWatched();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#sentinels, this.master, this.replica].map((server) => server.stop()));
  }

  /** Kills the master and waits until the sentinels have promoted the replica. */
  async failOver(): Promise<void> {
    const { master, replica } = this;
    await master.kill();
    await until(
      'the replica is promoted',
      async () => {
        const named = await Promise.all(this.#sentinels.map((sentinel) => sentinel.master()));
        return named.every((port) => port === replica.port) && (await replica.info('role')) === 'master';
      },
      40_000,
    );
    this.master = replica;
    this.replica = master;
  }

  /** After a failover, starts the former master as a replica. */
  async rejoin(): Promise<void> {
    if (this.replica.isRunning) return;
    await this.master.replicateAgain();
    await this.#startReplica();
    await this.#untilWatched();
  }

  async #startReplica(): Promise<void> {
    if (this.#isStopped) throw new Error('these servers were stopped for good');
    await this.replica.start(['--replicaof', '127.0.0.1', String(this.master.port)]);
    await until('the replica is in sync', async () => (await this.replica.info('master_link_status')) === 'up');
  }

  async #untilWatched(): Promise<void> {
    await until('the sentinels know each other and the replica', async () => {
      const known = await Promise.all(this.#sentinels.map((sentinel) => sentinel.knows()));
      return known.every(({ sentinels, replicas }) => sentinels === 2 && replicas === 1);
    });
  }
}
