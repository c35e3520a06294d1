import { randomUUID } from 'node:crypto';
import type { SharedRedis } from './shared-redis.js';

/** How long what a dead process held stays held. A living one renews it three times as often. */
const LEASE_MS = 5000;

// A hash of who holds it and whether others want it: one key, so that it lives on one node of a cluster.
const TAKE = `
if redis.call('HGET', KEYS[1], 'holder') then
  redis.call('HSET', KEYS[1], 'wanted', 1)
  return 0
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

const RENEW = `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const RELEASE = `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
local wanted = redis.call('HGET', KEYS[1], 'wanted')
redis.call('DEL', KEYS[1])
return wanted and 1 or 0`;

/** What one process holds for a while, and no other. */
export interface Lease {
  /** Asks Redis whether it is still held, and holds it for its full time from now on. */
  isHeld(): Promise<boolean>;
  /** Gives it back; says whether another process has asked for it meanwhile. */
  release(): Promise<boolean>;
}

/**
 * Locks among replicas. One expires when its holder is not heard of: a process that was stopped for seconds may have lost
 * it without knowing, so whoever must be sure asks `isHeld` at the last moment.
 */
export class SharedLock {
  constructor(
    private readonly redis: SharedRedis,
    private readonly leaseMs = LEASE_MS,
  ) {}

  /** The lock, or undefined while another process has it. Throws RedisUnavailable. */
  async take(name: string): Promise<Lease | undefined> {
    const key = this.redis.key('lock', name);
    const holder = randomUUID();
    const ask = async (script: string): Promise<boolean> =>
      (await this.redis.run((client) => client.eval(script, 1, key, holder, this.leaseMs))) === 1;
    if (!(await ask(TAKE))) return undefined;

    let expiresAt = performance.now() + this.leaseMs;
    const isHeld = async (): Promise<boolean> => {
      const askedAt = performance.now();
      try {
        if (!(await ask(RENEW))) return false;
        expiresAt = askedAt + this.leaseMs;
        return true;
      } catch {
        // Redis is away: nobody else can have taken it before it expires.
        return performance.now() < expiresAt;
      }
    };
    const renewal = setInterval(() => void isHeld(), this.leaseMs / 3).unref();
    return {
      isHeld,
      release: async () => {
        clearInterval(renewal);
        return ask(RELEASE).catch(() => false);
      },
    };
  }
}
