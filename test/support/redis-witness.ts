import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisScript } from '../../src/redis/scripts/script.js';
import { until } from './far-end.js';

const MARK = 'echo';

/** Whether a recorded command calls this script. */
export const calls = (script: RedisScript) => {
  const hash = createHash('sha1').update(script.lua).digest('hex');
  return ([name, what]: readonly string[]): boolean =>
    (name === 'evalsha' && what === hash) || (name === 'eval' && what === script.lua);
};

/** Records all commands that clients send to a test's own Redis; a script counts as one command. */
export class RedisWitness {
  /** In the order of Redis. */
  #commands: string[][] = [];
  /** Redis's time in seconds. */
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
      this.#commands.push([command, ...args]);
      this.#lastAt = Number(time);
    });
  }

  static async of({ url }: { readonly url: string }): Promise<RedisWitness> {
    const client = new Redis(url);
    return new RedisWitness(client, await client.monitor());
  }

  /** The commands that clients send during `work`. */
  async during(work: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
    await this.#catchUp();
    this.#commands = [];
    await work();
    await this.#catchUp();
    return this.#commands;
  }

  /** Waits until no commands were sent for this time, by Redis's clock. */
  async untilSilentFor(seconds: number): Promise<void> {
    const isSilent = async (): Promise<boolean> => (await this.#catchUp()) - this.#lastAt >= seconds;
    await until(`no commands were sent for ${seconds} s`, isSilent, 20_000);
  }

  close(): void {
    this.client.disconnect();
    this.monitor.disconnect();
  }

  /** Waits until all earlier commands are recorded, and returns Redis's time. */
  async #catchUp(): Promise<number> {
    const mark = randomUUID();
    await this.client.echo(mark);
    await until('all earlier commands are recorded', () => this.#marks.has(mark));
    return this.#marks.get(mark) ?? 0;
  }
}
