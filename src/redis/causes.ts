const RIGHTS = 'give the Redis user what stands under Rights in docs/operations.md';

/** What Redis, or the way to it, says when something is wrong, and what mends it. The first that fits counts. */
const CAUSES: readonly (readonly [says: RegExp, advice: string])[] = [
  [/WRONGPASS|invalid (username|password)/i, 'check user and password in REDIS_URL'],
  [/NOAUTH/, 'this Redis wants a password: put it into REDIS_URL'],
  [/NOPERM|The user executing the script/, RIGHTS],
  [/DB index is out of range/, 'REDIS_URL names a database that this Redis does not have'],
  [/SELECT is not allowed/, 'a cluster has one database only: take the number out of REDIS_URL'],
  [/No such master/, 'the sentinels know no master of the name in REDIS_URL'],
  [/unknown command 'sentinel'/i, 'this is no sentinel: check hosts and ports in REDIS_URL, or write redis://'],
  [
    /unknown (redis )?command/i,
    'this Redis lacks a command or renamed it: Rights in docs/operations.md lists those needed',
  ],
  [/cluster support disabled/, 'this Redis is no cluster: write redis:// in REDIS_URL'],
  [/MOVED|CROSSSLOT/, 'this Redis is a cluster: write redis+cluster:// in REDIS_URL'],
  [/OOM/, 'Redis is full: raise maxmemory, or set maxmemory-policy allkeys-lru'],
  [/MISCONF/, 'Redis cannot save to disk and refuses writes: mend its disk, or set stop-writes-on-bgsave-error no'],
  [/NOREPLICAS/, 'Redis wants more replicas than it has (min-replicas-to-write)'],
  [/WRONGTYPE/, 'a key of ours holds something of somebody else: set REDIS_PREFIX'],
  [/READONLY|MASTERDOWN/, 'this is a replica: REDIS_URL must lead to the master'],
  [/LOADING/, 'Redis reads its data from disk and will answer when it is done'],
  [/ENOTFOUND|EAI_AGAIN/, 'the host name in REDIS_URL is not known'],
  [/ECONNREFUSED/, 'nothing listens there: check host and port in REDIS_URL'],
  [/wrong version number|packet length too long|record layer failure/i, 'this port does not speak TLS: write redis://'],
  [/certificate required|bad certificate/i, 'this Redis wants a certificate of its clients: set tls-auth-clients no'],
  [/altnames/i, 'its certificate is for another name: use that one in REDIS_URL'],
  [/certificate/i, 'its certificate is not trusted here: see NODE_EXTRA_CA_CERTS'],
  [/RESP type/, 'something else than a Redis answers there: check the port in REDIS_URL'],
  [
    /(sentinel|cluster).*(Connection is closed|timeout)/s,
    'none of the hosts in REDIS_URL can be reached: check names, ports, and TLS (rediss://)',
  ],
  [
    /no answer (yet|for)|ECONNRESET|ETIMEDOUT/,
    'if it never answered, check host and port in REDIS_URL, and whether it wants TLS (rediss://) or not',
  ],
];

/** The same in fewer words, and without what may hold the password. */
const SHORTER: readonly (readonly [from: RegExp, to: string])[] = [
  [/, with args beginning with:.*/s, ''],
  [/ script: [\da-f]{40}.*/s, ''],
  [/^[\dA-F]+:error:.*?:([^:]+):[^:]*:\d+:\s*$/s, '$1'],
  [/(\. Please report this)?\.$/, ''],
  [/^Socket timeout.* (\d+)ms$/s, 'no answer for $1 ms'],
  [/^(Connection is closed|Command aborted due to|Reached the max retries).*/s, 'the connection was lost'],
  [/^All sentinels are unreachable.*Last error: /, 'no sentinel tells the master: '],
];

/** What is wrong and, where it is known, the next step. Faults that are mended in the same way are of one kind. */
export function explain(message: string): { readonly text: string; readonly kind: string } {
  const cause = SHORTER.reduce((text, [from, to]) => text.replace(from, to), message);
  const [, advice] = CAUSES.find(([says]) => says.test(cause)) ?? [];
  return advice ? { text: `${cause}: ${advice}`, kind: advice } : { text: cause, kind: cause };
}

/** Error replies that say Redis cannot serve anybody for now. All others are about the one command. */
const OUTAGE = /\b(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|BUSY)\b/;

export const isOutage = (message: string): boolean => OUTAGE.test(message);

/** That a connection was lost, or never made, without telling why. */
export const isLoss = (message: string): boolean =>
  /connection was lost|connection is closed|connection close$|max retries per request|isn't (writeable|ready)/i.test(
    message,
  );
