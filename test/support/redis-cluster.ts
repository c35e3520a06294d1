import { until } from './far-end.js';
import { OwnRedis } from './redis.js';
import { freePort } from './redis-process.js';

const SLOTS = 16_384;
const MASTERS = 3;
const NODES = 2 * MASTERS;

const OPTIONS = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '600'];

/** A replica may take its master's place however long it has heard nothing of it. */
const ANY_REPLICA = ['--cluster-replica-validity-factor', '0'];

/** A master and the server that replicates it. */
export interface Shard {
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
}

const clusterInfo = async (node: OwnRedis, field: string): Promise<string | undefined> =>
  new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(String(await node.command('CLUSTER', 'INFO')))?.[1];

/** A Redis Cluster of three masters with a replica each. */
export class RedisCluster {
  readonly #nodes: readonly OwnRedis[] = Array.from({ length: NODES }, () => new OwnRedis());
  /** The ports on which the nodes talk to each other. */
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
    await until('the nodes to know each other', async () => {
      const known = await Promise.all(this.#nodes.map((node) => clusterInfo(node, 'cluster_known_nodes')));
      return known.every((count) => count === String(NODES));
    });
    for (const [index, replica] of this.#nodes.slice(MASTERS).entries()) {
      const masterId = String(await (this.#nodes[index] as OwnRedis).command('CLUSTER', 'MYID'));
      await replica.command('CLUSTER', 'REPLICATE', masterId);
    }
    await this.#untilWhole(this.#nodes);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  /** The master that has a key, or would have it, and its replica. */
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

  /** Keys of one type that are there now. */
  async keys(pattern: string, type: string): Promise<string[]> {
    const masters = await this.#masters();
    const scan = async (master: OwnRedis): Promise<string[]> => {
      const all = ['MATCH', pattern, 'COUNT', '1000000', 'TYPE', type];
      const [, keys] = (await master.command('SCAN', '0', ...all)) as [string, string[]];
      return keys;
    };
    return (await Promise.all(masters.map(scan))).flat();
  }

  /** Breaks every client's connection to every node. */
  async killClients(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.killClients()));
  }

  /** The replica takes its master's place when it knows everything. */
  async handOver({ replica }: Shard): Promise<void> {
    await replica.command('CLUSTER', 'FAILOVER');
    await this.#untilServed(replica, this.#nodes);
  }

  /** The master dies; its replica takes its place with what it has. */
  async failOver({ master, replica }: Shard): Promise<void> {
    await master.kill();
    await this.#untilServed(
      replica,
      this.#nodes.filter((node) => node !== master),
    );
  }

  /** The replica takes the place of its master without asking anybody, while the master lives. */
  async takeOver({ replica }: Shard): Promise<void> {
    await replica.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await this.#untilServed(replica, this.#nodes);
  }

  /** After a failover: whoever was a master comes back and replicates the new one. */
  async rejoin(): Promise<void> {
    for (const node of this.#nodes) {
      if (!node.isRunning) await this.#startNode(node);
      await node.replicateAgain();
    }
    await this.#untilWhole(this.#nodes);
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

  /** All of these have heard that this is a master now, and serve every slot. */
  async #untilServed(promoted: OwnRedis, among: readonly OwnRedis[]): Promise<void> {
    const id = String(await promoted.command('CLUSTER', 'MYID'));
    await until('the replica to have its place', async () => {
      const states = await Promise.all(among.map((node) => clusterInfo(node, 'cluster_state')));
      const views = await Promise.all(among.map((node) => node.command('CLUSTER', 'NODES')));
      const isMaster = new RegExp(`^${id} .*\\bmaster\\b`, 'm');
      return states.every((state) => state === 'ok') && views.every((view) => isMaster.test(String(view)));
    });
  }

  /** Every slot is served and every replica has what its master has. */
  async #untilWhole(nodes: readonly OwnRedis[]): Promise<void> {
    await until(
      'the cluster to be whole',
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
