import { unescape } from 'node:querystring';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { SCRIPTS } from './rights.js';

/** A client for one server (also the master named by sentinels) or for a cluster. Both take the same commands. */
export type RedisClient = Redis | Cluster;

/** A connection that is not established, or sends no reply, for this long is closed. */
const CONNECTION_TIMEOUT_MS = 2000;
/** The backoff starts again when the last attempt is longer ago. */
const RESET_AFTER_MS = 1000;
const MAX_RETRY_MS = 100;

/** The first retry is fast, because replicas must notice a restart of Redis in the grace period of leases. */
function retryStrategy(): () => number {
  let attempts = 0;
  let lastAt = -Infinity;
  // ioredis resets its own counter with each connection, even to a read-only replica or a database that does not exist.
  return () => {
    const now = performance.now();
    attempts = now - lastAt > RESET_AFTER_MS ? 1 : attempts + 1;
    lastAt = now;
    return Math.min(20 * 2 ** attempts, MAX_RETRY_MS);
  };
}

/** Without a connection a command fails at once: nothing is queued during an outage, and nothing is sent again after it. */
const policy = () =>
  ({
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: CONNECTION_TIMEOUT_MS,
    disconnectTimeout: MAX_RETRY_MS,
    sentinelCommandTimeout: CONNECTION_TIMEOUT_MS,
    retryStrategy: retryStrategy(),
    sentinelRetryStrategy: () => MAX_RETRY_MS,
    // After a failover a new connection to the same address, or through the sentinels, may reach the new master.
    reconnectOnError: ({ message }) => /READONLY|MASTERDOWN/.test(message),
    // The ready check runs INFO, which the user may not be allowed to. A loading Redis answers LOADING to every command anyway.
    enableReadyCheck: false,
    disableClientInfo: true,
  }) satisfies RedisOptions;

const hostsOf = (hosts: string, port: number): { host: string; port: number }[] =>
  hosts.split(',').map((entry) => {
    const [, host = '', own] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    return { host, port: own ? Number(own) : port };
  });

/**
 * Connects to `REDIS_URL` in the background:
 * `redis[s]://[user:password@]host[:port][/db]`,
 * `redis[s]+cluster://[user:password@]host[:port],host[:port],…`,
 * `redis[s]+sentinel://[user:password@]host[:port],host[:port],…/master[/db]`. With `rediss` all connections use TLS.
 */
export function connect(address: string): RedisClient {
  const client = open(address);
  for (const { name, keys, lua } of SCRIPTS) client.defineCommand(name, { numberOfKeys: keys, lua });
  // When SELECT fails, ioredis would continue with database 0.
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
    // Without a user name ioredis sends the old form of AUTH, and warns on the console when no password is required.
    ...(password && { username: unescape(user || 'default'), password: unescape(password) }),
    ...(tls && { tls: {} }),
  };
  if (kind?.toLowerCase() === 'cluster') {
    const cluster = new Cluster(hostsOf(hosts, 6379), {
      redisOptions: common,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy(),
      // Otherwise a command might be sent again after its caller has given up. (The first command on a new connection still
      // waits for it.)
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 10,
      maxRedirections: 3,
      // Host names are resolved per connection: one unknown host must not affect the others, and certificates are for names, not addresses.
      dnsLookup: (name, done) => done(null, name),
    });
    // ioredis does not handle the rejection of ASKING, which would crash this process.
    cluster.on('+node', (node: Redis) => {
      const asking = node.asking.bind(node);
      Object.assign(node, { asking: () => asking().catch(() => undefined) });
    });
    return cluster;
  }
  if (kind?.toLowerCase() === 'sentinel') {
    const [name = '', db = '0'] = path.split('/');
    return new Redis({
      ...common,
      sentinels: hostsOf(hosts, 26_379),
      // Sentinels without a password accept any.
      ...(password && { sentinelPassword: unescape(password) }),
      name,
      db: Number(db),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    });
  }
  return new Redis({ ...common, ...hostsOf(hosts, 6379)[0], db: Number(path || '0') });
}
