import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis/connect.js';
import { RedisUnavailable, type SharedRedis } from '../redis/shared-redis.js';
import { Acknowledgements } from './acknowledgements.js';
import type { SharedEpochs } from './shared-epochs.js';

const HEARTBEAT_MS = 500;
/** Instead of a number and tags. */
const ARRIVES = 'arrives';
const LEAVES = 'leaves';
/** Part of the time Redis itself may take that others are waited for: together they stay below twice that time. */
const ACKNOWLEDGED_WITHIN = 0.9;
/** So long without hearing oneself, and others may have been missed too. */
const DEAF_AFTER_MS = 3 * HEARTBEAT_MS;

export interface BulletinOptions {
  readonly redis: SharedRedis;
  readonly epochs: SharedEpochs;
  /** Another replica raised these tags. */
  readonly onTags: (tags: readonly string[]) => void;
  /** Messages may have been missed, and come again from now on. */
  readonly onRestored: () => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/** How many writes were told to whom. */
export interface BulletinCounts {
  /** Every replica said that it knows. */
  acknowledged: number;
  /** A replica stayed silent; what it remembers may be older until it is heard again. */
  unacknowledged: number;
  /** Redis could not be told. */
  untold: number;
}

/**
 * How replicas tell each other what became untrue. A write is told by pub/sub and acknowledged by everyone who heard it, so
 * that the next read, on whatever replica, is not older. A heartbeat through the same channel tells whether messages would
 * arrive; without it nothing remembered is trusted.
 */
export class Bulletin {
  readonly counts: BulletinCounts = { acknowledged: 0, unacknowledged: 0, untold: 0 };
  readonly #options: BulletinOptions;
  readonly #id = randomUUID();
  readonly #listener: RedisClient;
  readonly #heart: NodeJS.Timeout;
  readonly #acknowledgements: Acknowledgements;
  readonly #now: () => number;
  #heardAt = -Infinity;
  #linked = false;
  #onLinked: () => void = () => undefined;
  #sent = 0;

  constructor(options: BulletinOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    const { redis } = options;
    this.#acknowledgements = new Acknowledgements(ACKNOWLEDGED_WITHIN * redis.timeoutMs);
    this.#listener = redis.duplicate();
    // Without a listener ioredis writes to the console; 'close' follows.
    this.#listener.on('error', () => undefined);
    this.#listener.on('close', () => {
      this.#linked = false;
    });
    this.#listener.on('ready', () => void this.#listen());
    this.#listener.on('message', (channel: string, message: string) => this.#hear(channel, message));
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  /** Whether what others write is heard at present. */
  get trusted(): boolean {
    return this.#linked && this.#now() - this.#heardAt < DEAF_AFTER_MS;
  }

  /** Waits until what others write is heard, so long at most. */
  async untilTrusted(limitMs: number): Promise<void> {
    if (this.trusted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onLinked = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Raises tags in Redis and waits until every replica knows, a bounded time; false when Redis could not be told. */
  async tell(tags: readonly string[]): Promise<boolean> {
    const { redis, epochs } = this.#options;
    const number = String((this.#sent += 1));
    const waiting = this.#acknowledgements.expect(number);
    try {
      const told = await epochs.raise(tags, redis.key('writes'), JSON.stringify([this.#id, number, tags]));
      this.counts[(await waiting.from(told)) ? 'acknowledged' : 'unacknowledged'] += 1;
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      this.counts.untold += 1;
      return false;
    } finally {
      waiting.end();
    }
  }

  close(): void {
    clearInterval(this.#heart);
    this.#publish(this.#options.redis.key('writes'), JSON.stringify([this.#id, LEAVES]));
    this.#listener.disconnect();
  }

  get #ownChannel(): string {
    return this.#options.redis.key('replica', this.#id);
  }

  async #listen(): Promise<void> {
    try {
      await this.#listener.subscribe(this.#options.redis.key('writes'), this.#ownChannel);
      this.#beat();
    } catch {
      // The connection went away again; its next 'ready' tries anew.
    }
  }

  #hear(channel: string, message: string): void {
    if (channel === this.#ownChannel) {
      if (message === 'heartbeat') this.#heardOneself();
      else {
        const [number = '', sender = ''] = message.split(' ');
        this.#acknowledgements.note(number, sender);
      }
      return;
    }
    const [sender, number, tags = []] = JSON.parse(message) as [string, string, string[]?];
    if (number === ARRIVES || number === LEAVES) {
      if (number === LEAVES) this.#acknowledgements.farewell(sender);
      else this.#acknowledgements.greet(sender);
      if (number === ARRIVES && sender === this.#id) this.#link();
      return;
    }
    if (sender === this.#id) {
      this.#acknowledgements.note(number, sender);
      return;
    }
    this.#options.onTags(tags);
    this.#publish(this.#options.redis.key('replica', sender), `${number} ${this.#id}`);
  }

  #heardOneself(): void {
    this.#heardAt = this.#now();
    if (!this.#linked) this.#publish(this.#options.redis.key('writes'), JSON.stringify([this.#id, ARRIVES]));
  }

  /** Everybody who writes from now on knows that we are here, and waits for us. */
  #link(): void {
    if (this.#linked) return;
    this.#options.onRestored();
    this.#linked = true;
    this.#onLinked();
  }

  #beat(): void {
    if (this.#linked && !this.trusted) {
      this.#linked = false;
      // Neither closed nor heard: a connection that hangs is replaced.
      if (this.#listener.status === 'ready') this.#listener.disconnect(true);
    }
    this.#publish(this.#ownChannel, 'heartbeat');
  }

  #publish(channel: string, message: string): void {
    // Whom it concerns notices by what does not come.
    this.#options.redis.run((client) => client.publish(channel, message)).catch(() => undefined);
  }
}
