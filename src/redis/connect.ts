import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** One server, a cluster, or the master that sentinels name: they take the same commands. */
export type RedisClient = Redis | Cluster;

/** The longest a connection may stay silent: the heartbeat makes noise several times as often. */
const SILENT_MS = 3000;

/** A command fails at once while there is no connection: nothing queues up behind an outage. */
const policy = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  socketTimeout: SILENT_MS,
  retryStrategy: (times: number) => Math.min(50 * 2 ** times, 1000),
} satisfies RedisOptions;

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
  const [, scheme = '', kind, user, password, hosts = '', path = ''] =
    /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/]*)(?:\/(.*))?$/.exec(address) ?? [];
  const tls = scheme === 'rediss';
  const common = {
    ...policy,
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(tls && { tls: {} }),
  };
  if (kind === 'cluster') {
    return new Cluster(hostsOf(hosts, 6379), {
      redisOptions: common,
      enableOfflineQueue: false,
      clusterRetryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
      // Certificates name hosts: an address looked up beforehand would match none.
      ...(tls && { dnsLookup: (name, done) => done(null, name) }),
    });
  }
  if (kind === 'sentinel') {
    const [name = 'mymaster', db = '0'] = path.split('/');
    return new Redis({
      ...common,
      sentinels: hostsOf(hosts, 26_379),
      name,
      db: Number(db),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    });
  }
  const [server = { host: '127.0.0.1', port: 6379 }] = hostsOf(hosts, 6379);
  return new Redis({ ...common, ...server, db: Number(path || '0') });
}
