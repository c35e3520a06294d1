import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../redis/shared-redis.js';

/** So long others wait for whoever asks Logto; if it died meanwhile, this is what it costs them. */
export const LEASE_MS = 1000;

/** Deletes what is still its own. KEYS: lease; ARGV: owner. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** Who of all replicas asks Logto a question; the others wait for the answer. */
export class Leases {
  readonly #owner = randomUUID();

  constructor(private readonly redis: SharedRedis) {}

  /** Whether the question is now ours to ask. Throws RedisUnavailable. */
  async take(question: string): Promise<boolean> {
    const address = this.#address(question);
    return (await this.redis.run((client) => client.set(address, this.#owner, 'PX', LEASE_MS, 'NX'))) === 'OK';
  }

  /** Throws RedisUnavailable. */
  async release(question: string): Promise<void> {
    await this.redis.run((client) => client.eval(RELEASE, 1, this.#address(question), this.#owner));
  }

  #address(question: string): string {
    return this.redis.key('lease', question);
  }
}
