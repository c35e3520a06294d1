import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis/connect.js';
import type { SharedRedis } from '../redis/shared-redis.js';

export interface Listeners {
  /** Messages arrive from now on. */
  readonly onOpen: () => void;
  /** The connection is gone, and with it what it would have brought. */
  readonly onLost: () => void;
  /** For this replica alone. */
  readonly onPersonal: (what: string, more: string) => void;
  /** For everybody, the sender among them. */
  readonly onPublic: (sender: string, what: string, more: unknown) => void;
}

/** The channel of Redis that all replicas hear, and the one of each; what is said arrives in the order in which it was said. */
export class Channels {
  /** Of this replica, as long as it runs. */
  readonly id = randomUUID();
  readonly #redis: SharedRedis;
  readonly #listeners: Listeners;
  readonly #listener: RedisClient;

  constructor(redis: SharedRedis, listeners: Listeners) {
    this.#redis = redis;
    this.#listeners = listeners;
    this.#listener = redis.duplicate();
    // Without a listener ioredis writes to the console; 'close' follows.
    this.#listener.on('error', () => undefined);
    this.#listener.on('close', listeners.onLost);
    this.#listener.on('ready', () => void this.#subscribe());
    this.#listener.on('message', (channel: string, message: string) => this.#hear(channel, message));
  }

  /** What everybody hears. */
  get everybody(): string {
    return this.#redis.key('writes');
  }

  /** To one replica; whether Redis took it. */
  toOne(id: string, what: string, more: string | number): Promise<boolean> {
    return this.#publish(this.#of(id), `${what} ${more}`);
  }

  /** To everybody; whether Redis took it. */
  toAll(what: string, more?: unknown): Promise<boolean> {
    return this.#publish(this.everybody, this.publicly(what, more));
  }

  /** What is said to everybody, for who says it together with something else. */
  publicly(what: string, more: unknown): string {
    return JSON.stringify([this.id, what, more]);
  }

  /** A connection that hangs is replaced; one that is not there is on its way. */
  reconnect(): void {
    if (this.#listener.status === 'ready') this.#listener.disconnect(true);
  }

  /** What would still arrive is not heard. */
  close(): void {
    this.#listener.removeAllListeners('message').disconnect();
  }

  #of(id: string): string {
    return this.#redis.key('replica', id);
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#listener.subscribe(this.everybody, this.#of(this.id));
      this.#listeners.onOpen();
    } catch {
      // The connection went away again; its next 'ready' tries anew.
    }
  }

  #hear(channel: string, message: string): void {
    if (channel === this.everybody) {
      const [sender, what, more] = JSON.parse(message) as [string, string, unknown];
      this.#listeners.onPublic(sender, what, more);
    } else {
      const [what = '', more = ''] = message.split(' ');
      this.#listeners.onPersonal(what, more);
    }
  }

  #publish(channel: string, message: string): Promise<boolean> {
    return this.#redis
      .run((client) => client.publish(channel, message))
      .then(
        () => true,
        () => false,
      );
  }
}
