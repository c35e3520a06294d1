const GRANT_PERMISSIONS = 'grant the Redis user the permissions under Rights in docs/operations.md';

/** Error messages of Redis, ioredis, Node and OpenSSL, and how to fix their cause. The first match applies. */
const ADVICE: readonly (readonly [message: RegExp, advice: string])[] = [
  [/WRONGPASS|invalid (username|password)/i, 'check user and password in REDIS_URL'],
  [/NOAUTH/, 'this Redis requires a password: add it to REDIS_URL'],
  [/NOPERM|The user executing the script/, GRANT_PERMISSIONS],
  [/DB index is out of range/, 'REDIS_URL names a database that this Redis does not have'],
  [/SELECT is not allowed/, 'a cluster has only one database: remove the number from REDIS_URL'],
  [/No such master/, 'the sentinels do not know the master name in REDIS_URL'],
  [/unknown command 'sentinel'/i, 'this is not a sentinel: check hosts and ports in REDIS_URL, or use redis://'],
  [
    /unknown (redis )?command/i,
    'this Redis lacks or has renamed a command: docs/operations.md lists those required under Rights',
  ],
  [/cluster support disabled/, 'this Redis is not a cluster: use redis:// in REDIS_URL'],
  [/MOVED|CROSSSLOT/, 'this Redis is a cluster: use redis+cluster:// in REDIS_URL'],
  [/OOM/, 'Redis is full: raise maxmemory, or set maxmemory-policy allkeys-lru'],
  [/MISCONF/, 'Redis cannot save to disk and refuses writes: fix its disk, or set stop-writes-on-bgsave-error no'],
  [/NOREPLICAS/, 'Redis has fewer replicas than min-replicas-to-write requires'],
  [/WRONGTYPE/, 'a key is used by another application: set REDIS_PREFIX'],
  [/READONLY|MASTERDOWN/, 'this is a replica: REDIS_URL must point to the master'],
  [/LOADING/, 'Redis is loading its data from disk and will answer when it is done'],
  [/ENOTFOUND|EAI_AGAIN/, 'the host name in REDIS_URL cannot be resolved'],
  [/ECONNREFUSED/, 'nothing listens there: check host and port in REDIS_URL'],
  [/wrong version number|packet length too long|record layer failure/i, 'this port does not speak TLS: use redis://'],
  [/certificate required|bad certificate/i, 'this Redis requires client certificates: set tls-auth-clients no'],
  [/altnames/i, 'its certificate is for another host name: use that one in REDIS_URL'],
  [/certificate/i, 'its certificate is not trusted: see NODE_EXTRA_CA_CERTS'],
  [/RESP type/, 'the server is not a Redis: check the port in REDIS_URL'],
  [
    /(sentinel|cluster).*(Connection is closed|timeout)/s,
    'none of the hosts in REDIS_URL can be reached: check names, ports, and TLS (rediss://)',
  ],
  [
    /no answer (yet|for)|ECONNRESET|ETIMEDOUT/,
    'if it never answered, check host and port in REDIS_URL, and whether it requires TLS (rediss://)',
  ],
];

/** Shortens messages, and removes parts that may contain the password. */
const REWRITES: readonly (readonly [from: RegExp, to: string])[] = [
  [/, with args beginning with:.*/s, ''],
  [/ script: [\da-f]{40}.*/s, ''],
  [/^[\dA-F]+:error:.*?:([^:]+):[^:]*:\d+:\s*$/s, '$1'],
  [/(\. Please report this)?\.$/, ''],
  [/^Socket timeout.* (\d+)ms$/s, 'no answer for $1 ms'],
  [/^(Connection is closed|Command aborted due to|Reached the max retries).*/s, 'the connection was lost'],
  [/^All sentinels are unreachable.*Last error: /, 'no sentinel names the master: '],
];

/** Adds advice to an error message, if there is any. Errors with the same advice are of one `kind`. */
export function explain(message: string): { readonly text: string; readonly kind: string } {
  const cause = REWRITES.reduce((text, [from, to]) => text.replace(from, to), message);
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(cause)) ?? [];
  return advice ? { text: `${cause}: ${advice}`, kind: advice } : { text: cause, kind: cause };
}

/** Error replies that mean that Redis is down for every command. All others concern one command only. */
const OUTAGE = /\b(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|BUSY)\b/;

export const isOutage = (message: string): boolean => OUTAGE.test(message);

/** Messages that tell that there is no connection, but not why. */
export const isConnectionLoss = (message: string): boolean =>
  /connection was lost|connection is closed|connection close$|max retries per request|isn't (writeable|ready)/i.test(
    message,
  );
