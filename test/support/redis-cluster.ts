import { until } from './far-end.js';
import { OwnRedis } from './redis.js';
import { freePort } from './redis-process.js';

const SLOTS = 16_384;
const MASTERS = 3;
const NODES = 2 * MASTERS;

const OPTIONS = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '600'];

/** A replica may be promoted however long it has been disconnected from its master. */
const ANY_REPLICA = ['--cluster-replica-validity-factor', '0'];

/** A master and its replica. */
export interface Shard {
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
}

const clusterInfo = async (node: OwnRedis, field: string): Promise<string | undefined> =>
  new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(String(await node.command('CLUSTER', 'INFO')))?.[1];

/** A Redis Cluster of three masters with one replica each. */
export class RedisCluster {
  readonly #nodes: readonly OwnRedis[] = Array.from({ length: NODES }, () => new OwnRedis());
  /** The cluster bus ports of the nodes. */
  readonly #busPorts = new Map<OwnRedis, number>();
  #isStopped = false;

  get url(): string {
    return `redis+cluster://${this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  async start(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => this.#startNode(node)));
    for (const [index, node] of this.#nodes.entries())
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    for (const [index, master] of this.#nodes.slice(0, MASTERS).entries()) {
      const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS)) as [number, number];
      await master.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1));
    }
    const [first, ...others] = this.#nodes as [OwnRedis, ...OwnRedis[]];
    for (const node of others)
      await first.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(this.#busPorts.get(node)));
    await until('the nodes know each other', async () => {
      const known = await Promise.all(this.#nodes.map((node) => clusterInfo(node, 'cluster_known_nodes')));
      return known.every((count) => count === String(NODES));
    });
    for (const [index, replica] of this.#nodes.slice(MASTERS).entries()) {
      const masterId = String(await (this.#nodes[index] as OwnRedis).command('CLUSTER', 'MYID'));
      await replica.command('CLUSTER', 'REPLICATE', masterId);
    }
    await this.#untilHealthy(this.#nodes);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  /** The master and replica of a key's slot. */
  async shardOf(key: string): Promise<Shard> {
    const [any] = (await this.#masters()) as [OwnRedis];
    const slot = Number(await any.command('CLUSTER', 'KEYSLOT', key));
    const ranges = (await any.command('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
    const [, , [, port, id]] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [0, 0, ['', 0, '']];
    const [line = ''] = (await any.command('CLUSTER', 'REPLICAS', id)) as string[];
    const replicaPort = Number(/:(\d+)@/.exec(line)?.[1]);
    const master = this.#nodes.find((node) => node.port === port);
    const replica = this.#nodes.find((node) => node.port === replicaPort);
    if (!master || !replica) throw new Error(`slot ${slot} has no master and replica: ${port} ${line}`);
    return { master, replica };
  }

  /** The current keys of one type. */
  async keys(pattern: string, type: string): Promise<string[]> {
    const masters = await this.#masters();
    const scan = async (master: OwnRedis): Promise<string[]> => {
      const all = ['MATCH', pattern, 'COUNT', '1000000', 'TYPE', type];
      const [, keys] = (await master.command('SCAN', '0', ...all)) as [string, string[]];
      return keys;
    };
    return (await Promise.all(masters.map(scan))).flat();
  }

  /** Closes all clients' connections to all nodes. */
  async killClients(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.killClients()));
  }

  /** Manual failover without data loss. */
  async handOver({ replica }: Shard): Promise<void> {
    await replica.command('CLUSTER', 'FAILOVER');
    await this.#untilServed(replica, this.#nodes);
  }

  /** Kills the master and waits until its replica is promoted. */
  async failOver({ master, replica }: Shard): Promise<void> {
    await master.kill();
    await this.#untilServed(
      replica,
      this.#nodes.filter((node) => node !== master),
    );
  }

  /** Promotes the replica without an election, while the master is alive. */
  async takeOver({ replica }: Shard): Promise<void> {
    await replica.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await this.#untilServed(replica, this.#nodes);
  }

  /** After a failover, starts the former master as a replica of the new one. */
  async rejoin(): Promise<void> {
    for (const node of this.#nodes) {
      if (!node.isRunning) await this.#startNode(node);
      await node.replicateAgain();
    }
    await this.#untilHealthy(this.#nodes);
  }

  async #startNode(node: OwnRedis): Promise<void> {
    if (this.#isStopped) throw new Error('this cluster was stopped for good');
    const bus = this.#busPorts.get(node) ?? (await freePort());
    this.#busPorts.set(node, bus);
    await node.start([...OPTIONS, ...ANY_REPLICA, '--cluster-port', String(bus)]);
  }

  async #masters(): Promise<OwnRedis[]> {
    const running = this.#nodes.filter(({ isRunning }) => isRunning);
    const roles = await Promise.all(running.map((node) => node.info('role')));
    return running.filter((_, index) => roles[index] === 'master');
  }

  /** Waits until all these nodes know the new master and all slots are served. */
  async #untilServed(promoted: OwnRedis, among: readonly OwnRedis[]): Promise<void> {
    const id = String(await promoted.command('CLUSTER', 'MYID'));
    await until('the replica is promoted', async () => {
      const states = await Promise.all(among.map((node) => clusterInfo(node, 'cluster_state')));
      const views = await Promise.all(among.map((node) => node.command('CLUSTER', 'NODES')));
      const isMaster = new RegExp(`^${id} .*\\bmaster\\b`, 'm');
      return states.every((state) => state === 'ok') && views.every((view) => isMaster.test(String(view)));
    });
  }

  /** Waits until all slots are served and all replicas are in sync. */
  async #untilHealthy(nodes: readonly OwnRedis[]): Promise<void> {
    await until(
      'the cluster is healthy',
      async () => {
        const states = await Promise.all(nodes.map((node) => clusterInfo(node, 'cluster_state')));
        const links = await Promise.all(nodes.map((node) => node.info('master_link_status')));
        const views = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'NODES')));
        return (
          states.every((state) => state === 'ok') &&
          links.filter((link) => link === 'up').length === MASTERS &&
          views.every((view) => String(view).match(/\bslave\b.* connected/g)?.length === MASTERS)
        );
      },
      20_000,
    );
  }
}
