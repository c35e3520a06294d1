import type { Cluster } from 'ioredis';
import type { RedisClient } from './connect.js';

/** Redis did not answer, or cannot be asked: whoever asked goes on without it. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

/** How Redis does, for `/health/ready` and the metrics. */
export interface RedisState {
  readonly status: 'ok' | 'unavailable';
  /** Commands that failed or took too long since the start. */
  readonly failures: number;
  /** What went wrong last. */
  readonly lastFailure: string | undefined;
}

export interface SharedRedisOptions {
  readonly client: RedisClient;
  /** Before every key, so that several gateways share a Redis without meeting. */
  readonly prefix: string;
  /** No request waits for Redis longer than this. */
  readonly timeoutMs: number;
  /** Told when Redis goes away or comes back. */
  readonly onChange?: (state: RedisState) => void;
}

const HEARTBEAT_MS = 500;
const LISTENER_RETRY_MS = 50;

const isCluster = (client: RedisClient): client is Cluster => client.isCluster;

/**
 * The Redis all replicas share, made harmless: a command has a deadline, and after one failure nobody is kept waiting by
 * another until a heartbeat in the background got through. The heartbeat writes, for a Redis that can only be read is no
 * use here.
 */
export class SharedRedis {
  readonly #options: SharedRedisOptions;
  readonly #heart: NodeJS.Timeout;
  readonly #onUsable: (() => void)[] = [];
  #usable = false;
  #usableSince = 0;
  #wasLost = false;
  #beating = false;
  #failures = 0;
  #lastFailure: string | undefined;

  constructor(options: SharedRedisOptions) {
    this.#options = options;
    const { client } = options;
    client.on('ready', () => void this.#beat());
    client.on('close', () => this.#lose('the connection was lost'));
    // Without a listener ioredis writes to the console; 'close' follows and is counted.
    client.on('error', (error: Error) => {
      this.#lastFailure = error.message;
    });
    this.#heart = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
  }

  get state(): RedisState {
    return {
      status: this.#usable ? 'ok' : 'unavailable',
      failures: this.#failures,
      lastFailure: this.#usable ? undefined : this.#lastFailure,
    };
  }

  /** Whether commands are sent at present. */
  get usable(): boolean {
    return this.#usable;
  }

  /** How long commands have been sent without a break, in milliseconds; Infinity when there never was one. */
  get usableForMs(): number {
    if (!this.#usable) return 0;
    return this.#wasLost ? performance.now() - this.#usableSince : Infinity;
  }

  /** No request waits for Redis longer than this. */
  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Calls `listener` whenever Redis is there again. */
  whenUsable(listener: () => void): void {
    this.#onUsable.push(listener);
  }

  /** Waits until commands are sent, so long at most. */
  async untilUsable(limitMs: number): Promise<void> {
    if (this.#usable) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.whenUsable(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** A key in this gateway's part of Redis. */
  key(...parts: string[]): string {
    return [this.#options.prefix, ...parts].join(':');
  }

  /** Sends commands. Throws RedisUnavailable at once while Redis is away, and when it does not answer in time. */
  async run<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!this.#usable) throw new RedisUnavailable('Redis is not available');
    try {
      return await within(this.#options.timeoutMs, work(this.#options.client));
    } catch (error) {
      this.#failures += 1;
      this.#lose(String((error as Error).message));
      throw new RedisUnavailable((error as Error).message, { cause: error });
    }
  }

  /**
   * A second connection to the same Redis, for subscriptions. It comes back no later than the first: whoever could tell
   * others something and not hear them would wait for them in vain. Who uses it subscribes whenever it is 'ready': ioredis'
   * own way to do so again leaves a failure unhandled when the connection is lost meanwhile, which ends the process.
   */
  duplicate(): RedisClient {
    const { client } = this.#options;
    const often = (): number => LISTENER_RETRY_MS;
    return isCluster(client)
      ? client.duplicate([], { clusterRetryStrategy: often })
      : client.duplicate({ retryStrategy: often, autoResubscribe: false });
  }

  close(): void {
    clearInterval(this.#heart);
    this.#options.client.disconnect();
  }

  async #beat(): Promise<void> {
    const { client, timeoutMs } = this.#options;
    if (this.#beating || client.status !== 'ready') return;
    this.#beating = true;
    try {
      await within(timeoutMs, client.set(this.key('heartbeat'), '1', 'PX', 10 * HEARTBEAT_MS));
      if (!this.#usable) {
        this.#usable = true;
        this.#usableSince = performance.now();
        this.#options.onChange?.(this.state);
        for (const listener of this.#onUsable) listener();
      }
    } catch (error) {
      this.#lose((error as Error).message);
    } finally {
      this.#beating = false;
    }
  }

  #lose(reason: string): void {
    this.#lastFailure = reason;
    if (!this.#usable) return;
    this.#usable = false;
    this.#wasLost = true;
    this.#options.onChange?.(this.state);
  }
}

/** The result, if it comes in time. A reply that waits in the socket because this process was busy still counts. */
const within = <T>(limitMs: number, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = (): void => reject(new RedisUnavailable(`no answer within ${limitMs} ms`));
    const timer = setTimeout(() => setImmediate(late), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
