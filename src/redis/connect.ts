import { unescape } from 'node:querystring';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { SCRIPTS } from './rights.js';

/** One server, a cluster, or the master that sentinels name: they take the same commands. */
export type RedisClient = Redis | Cluster;

/** A connection that takes so long to be made, or owes an answer for so long, is dead. */
const SILENT_MS = 2000;
const CALM_MS = 1000;
const LONGEST_RETRY_MS = 100;

/** Soon after a loss, for replicas must notice soon that a Redis has restarted (see Leases); then less often. */
function retryStrategy(): () => number {
  let tries = 0;
  let lastAt = -Infinity;
  // ioredis counts from when a connection was there, which may be of no use: to a replica, or to a database that is not.
  return () => {
    const now = performance.now();
    tries = now - lastAt > CALM_MS ? 1 : tries + 1;
    lastAt = now;
    return Math.min(20 * 2 ** tries, LONGEST_RETRY_MS);
  };
}

/** A command fails at once while there is no connection: nothing queues up behind an outage, and nothing is repeated later. */
const policy = () =>
  ({
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: SILENT_MS,
    socketTimeout: SILENT_MS,
    disconnectTimeout: LONGEST_RETRY_MS,
    sentinelCommandTimeout: SILENT_MS,
    retryStrategy: retryStrategy(),
    sentinelRetryStrategy: () => LONGEST_RETRY_MS,
    // Another node is the master now: the same address, or the sentinels, may lead to it.
    reconnectOnError: ({ message }) => /READONLY|MASTERDOWN/.test(message),
    // It asks INFO, which a user need not be allowed. A Redis that is loading says so to every command.
    enableReadyCheck: false,
    disableClientInfo: true,
  }) satisfies RedisOptions;

const hostsOf = (hosts: string, port: number): { host: string; port: number }[] =>
  hosts.split(',').map((entry) => {
    const [, host = '', own] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    return { host, port: own ? Number(own) : port };
  });

/**
 * Connects to what `REDIS_URL` names, in the background:
 * `redis[s]://[user:password@]host[:port][/db]`,
 * `redis[s]+cluster://[user:password@]host[:port],host[:port],…`,
 * `redis[s]+sentinel://[user:password@]host[:port],host[:port],…/master[/db]`; with `rediss` all over TLS.
 */
export function connect(address: string): RedisClient {
  const client = open(address);
  for (const { name, keys, lua } of SCRIPTS) client.defineCommand(name, { numberOfKeys: keys, lua });
  // Otherwise ioredis goes on with database 0 when it cannot have the one it was told.
  client.on('error', ({ command }: Error & { readonly command?: { readonly name: string } }) => {
    if (command?.name === 'select') client.disconnect(true);
  });
  return client;
}

function open(address: string): RedisClient {
  const [, scheme, kind, user, password, hosts = '', path = ''] =
    /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/]*)(?:\/(.*))?$/i.exec(address) ?? [];
  const tls = scheme?.toLowerCase() === 'rediss';
  const common = {
    ...policy(),
    // Without a name ioredis sends an older command, and writes to the console where no password is needed.
    ...(password && { username: unescape(user || 'default'), password: unescape(password) }),
    ...(tls && { tls: {} }),
  };
  if (kind?.toLowerCase() === 'cluster') {
    const cluster = new Cluster(hostsOf(hosts, 6379), {
      redisOptions: common,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy(),
      // Without these a command is sent again after whoever sent it has given up. (The first on a connection that is being
      // made waits for it all the same.)
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 10,
      maxRedirections: 3,
      // A host that is not known must not hide the others, and certificates name hosts, not addresses.
      dnsLookup: (name, done) => done(null, name),
    });
    // ioredis waits for no answer to ASKING: refused, or lost with its connection, it would end this process.
    cluster.on('+node', (node: Redis) => {
      const ask = node.asking.bind(node);
      Object.assign(node, { asking: () => ask().catch(() => undefined) });
    });
    return cluster;
  }
  if (kind?.toLowerCase() === 'sentinel') {
    const [name = '', db = '0'] = path.split('/');
    return new Redis({
      ...common,
      sentinels: hostsOf(hosts, 26_379),
      // Those that want none take any.
      ...(password && { sentinelPassword: unescape(password) }),
      name,
      db: Number(db),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    });
  }
  return new Redis({ ...common, ...hostsOf(hosts, 6379)[0], db: Number(path || '0') });
}
