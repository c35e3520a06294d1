import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisScript } from '../../src/redis/scripts/script.js';
import { until } from './far-end.js';

const MARK = 'echo';

/** Whether a command that was seen calls this script. */
export const calls = (script: RedisScript) => {
  const hash = createHash('sha1').update(script.lua).digest('hex');
  return ([name, what]: readonly string[]): boolean =>
    (name === 'evalsha' && what === hash) || (name === 'eval' && what === script.lua);
};

/** Sees every command that clients send to a Redis of a test's own; what scripts do in there counts as one. */
export class RedisWitness {
  /** In the order in which Redis was asked. */
  #seen: string[][] = [];
  /** On Redis' clock, in seconds. */
  #lastAt = 0;
  readonly #marks = new Map<string, number>();

  private constructor(
    private readonly client: Redis,
    private readonly monitor: Redis,
  ) {
    monitor.on('monitor', (time: string, [name = '', ...args]: string[], source: string) => {
      const command = name.toLowerCase();
      if (source === 'lua') return;
      if (command === MARK) {
        this.#marks.set(args[0] ?? '', Number(time));
        return;
      }
      this.#seen.push([command, ...args]);
      this.#lastAt = Number(time);
    });
  }

  static async of({ url }: { readonly url: string }): Promise<RedisWitness> {
    const client = new Redis(url);
    return new RedisWitness(client, await client.monitor());
  }

  /** What clients send while `work` is done. */
  async during(work: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
    await this.#catchUp();
    this.#seen = [];
    await work();
    await this.#catchUp();
    return this.#seen;
  }

  /** Waits until nobody has sent anything for so long, on Redis' clock. */
  async untilSilentFor(seconds: number): Promise<void> {
    const isSilent = async (): Promise<boolean> => (await this.#catchUp()) - this.#lastAt >= seconds;
    await until(`nobody to send anything for ${seconds} s`, isSilent, 20_000);
  }

  close(): void {
    this.client.disconnect();
    this.monitor.disconnect();
  }

  /** Waits until all is seen that was sent before; says what Redis' clock shows now. */
  async #catchUp(): Promise<number> {
    const mark = randomUUID();
    await this.client.echo(mark);
    await until('Redis to tell all it was asked', () => this.#marks.has(mark));
    return this.#marks.get(mark) ?? 0;
  }
}
