import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../redis/shared-redis.js';
import { type FirstAnswer, readAnswer, writeAnswer } from './first-answer.js';
import { KEPT_FOR_MS, type KnownKey } from './memory-keys.js';

/** How long a key stays taken by a process that died while it answered. A living one renews it three times as often. */
const CLAIMED_FOR_MS = 15_000;

/** Stands at the beginning of every value; replicas of another version may share the Redis while a new one is rolled out. */
const VERSION = '1';

const CLAIM = `
local known = redis.call('GET', KEYS[1])
if not known then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return known`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

// A claim may have been lost with Redis itself; what another request has put there stays.
const KEEP = `
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** A key that this process answers. None of its methods fails: Redis may be away meanwhile. */
export interface SharedClaim {
  keep(answer: FirstAnswer): Promise<void>;
  release(): Promise<void>;
}

/** What another version of the gateway has written, and this one cannot read. */
export class Unreadable extends Error {}

/** Which keys were used for what, in all replicas and over restarts. A value is `version kind fingerprint`, a line end, and the answer. */
export class SharedKeys {
  constructor(
    private readonly redis: SharedRedis,
    private readonly claimedForMs = CLAIMED_FOR_MS,
  ) {}

  /** Takes the key, unless something is known of it. Throws RedisUnavailable, and Unreadable. */
  async claim(key: string, fingerprint: string): Promise<KnownKey | SharedClaim> {
    const name = this.redis.key('idempotency', key);
    const mine = `${VERSION} running ${fingerprint}\n${randomUUID()}`;
    const ask = (script: string, ...args: (string | number)[]): Promise<unknown> =>
      this.redis.run((client) => client.eval(script, 1, name, mine, ...args));

    const known = await ask(CLAIM, this.claimedForMs);
    if (typeof known === 'string') return read(known);

    const renewal = setInterval(
      () => void ask(RENEW, this.claimedForMs).catch(() => undefined),
      this.claimedForMs / 3,
    ).unref();
    const end = async (script: string, ...args: (string | number)[]): Promise<void> => {
      clearInterval(renewal);
      await ask(script, ...args).catch(() => undefined);
    };
    return {
      keep: (answer) => end(KEEP, `${VERSION} answered ${fingerprint}\n${writeAnswer(answer)}`, KEPT_FOR_MS),
      release: () => end(RELEASE),
    };
  }
}

function read(value: string): KnownKey {
  const end = value.indexOf('\n');
  const [version, kind, fingerprint = ''] = value.slice(0, end).split(' ');
  if (version !== VERSION) throw new Unreadable(`written by another version (${version})`);
  return kind === 'running' ? { fingerprint } : { fingerprint, answer: readAnswer(value.slice(end + 1)) };
}
