// Longer than most: the whole judgement of what Redis says, or does not say, in one place.
import { setTimeout as pause } from 'node:timers/promises';
import { explain, isLoss, isOutage } from './causes.js';
import type { RedisClient } from './connect.js';
import { PROBE } from './scripts/probe.js';
import type { RedisScript } from './scripts/script.js';

/** Redis did not answer, or cannot be asked: whoever asked goes on without it, or refuses. */
export class RedisUnavailable extends Error {
  override readonly name: string = 'RedisUnavailable';
}

/** Redis answered this command with an error. Others may go well, and asking again would end the same. */
export class RedisRefused extends RedisUnavailable {
  override readonly name = 'RedisRefused';
}

/** How Redis does, for `/health/ready` and the metrics. */
export interface RedisState {
  readonly status: 'ok' | 'unavailable';
  /** Why it is unavailable. */
  readonly lastFailure: string | undefined;
  /** What it refused last, since the start. */
  readonly lastRefusal: string | undefined;
}

export interface SharedRedisOptions {
  readonly client: RedisClient;
  /** Before every key, so that several gateways share a Redis without meeting. */
  readonly prefix: string;
  /** A request waits for Redis no longer than this, unless it cannot do without. */
  readonly timeoutMs: number;
  /** The commands that will be sent: it is told if the user may not use some. */
  readonly rights?: readonly string[];
  /** Told when Redis goes away or comes back. */
  readonly onChange?: (state: RedisState) => void;
  /** Told of each kind of refused command, once. */
  readonly onRefusal?: (cause: string) => void;
}

/** How often it is asked whether it is there while it does not answer. */
const PROBE_MS = 200;
/**
 * Nothing was heard of Redis for a second: it is away, and nobody waits for it. Counted, not timed: while this process itself
 * stands still, as when it starts, nothing is to be heard.
 */
const AWAY_AFTER_PROBES = 5;
/** How long those wait who cannot do without Redis. */
const INSIST_MS = 1000;
const TRY_AGAIN_MS = 10;

/** All that scripts touch lies in one slot of a cluster: this is what it is made of. */
const SLOT = '{shared}';

/**
 * The Redis that all replicas share, made harmless: commands have a time limit, and once nothing was heard of it for a second
 * nobody waits for it until a probe in the background got through. While all is well nothing is sent that nobody asked for.
 */
export class SharedRedis {
  readonly #options: SharedRedisOptions;
  readonly #onBack: (() => void)[] = [];
  readonly #onLoss: (() => void)[] = [];
  readonly #told = new Set<string>();
  /** How many probes were due since it failed; undefined while all is well. */
  #failing: number | undefined = 0;
  /** It has refused something, and perhaps still would. */
  #isRefusing = false;
  #watching: NodeJS.Timeout | undefined;
  #reported: RedisState['status'] | undefined;
  #isClosed = false;
  #connections = 0;
  #lastFailure: string | undefined;
  #lastRefusal: string | undefined;

  constructor(options: SharedRedisOptions) {
    this.#options = options;
    const { client } = options;
    client.on('ready', () => {
      this.#connections += 1;
      void this.#probe();
    });
    client.on('close', () => this.#fail('the connection was lost'));
    client.on('error', ({ message, lastNodeError }: Error & { readonly lastNodeError?: Error }) => {
      this.#lastFailure = lastNodeError ? `no node of the cluster answers: ${lastNodeError.message}` : message;
    });
    this.#watch();
  }

  get state(): RedisState {
    const isOk = this.#reported === 'ok';
    return {
      status: isOk ? 'ok' : 'unavailable',
      lastFailure: isOk ? undefined : explain(this.#lastFailure ?? 'no answer yet').text,
      lastRefusal: this.#lastRefusal,
    };
  }

  /** Nobody waits for it at present. */
  get isAway(): boolean {
    return this.#isClosed || (this.#failing ?? 0) >= AWAY_AFTER_PROBES;
  }

  /**
   * Stands for whose data these are where the user may not ask (INFO): behind another connection they may be others.
   * @throws RedisRefused on a cluster, which changes its connections without saying so
   */
  get connectionId(): string {
    if (!this.#options.client.isCluster) return `connection ${this.#connections}`;
    throw this.#refuse(`NOPERM the user may not use 'info', without which a cluster's failover goes unnoticed`);
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Calls `listener` when Redis answers first, whenever it answers again, and when it may take again what it refused. */
  onBack(listener: () => void): void {
    this.#onBack.push(listener);
  }

  /** Calls `listener` when what Redis knew may be lost: it was emptied, restarted, or failed over. */
  onLoss(listener: () => void): void {
    this.#onLoss.push(listener);
  }

  /** For whoever finds out: the write log does, with every look. */
  reportLoss(): void {
    for (const listener of this.#onLoss) listener();
  }

  /** Waits until Redis answers, so long at most. */
  async untilBack(limitMs: number): Promise<void> {
    if (this.#failing === undefined) return;
    await Promise.race([
      new Promise<void>((resolve) => this.onBack(resolve)),
      pause(limitMs, undefined, { ref: false }),
    ]);
  }

  /** A key in this gateway's part of Redis. */
  key(...parts: string[]): string {
    return [this.#options.prefix, ...parts].join(':');
  }

  /** A key that scripts may use together with others of its kind. */
  slotKey(...parts: string[]): string {
    return this.key(SLOT, ...parts);
  }

  /** Sends commands. Throws RedisUnavailable at once while Redis is away, and when it does not answer in time. */
  async run<T>(work: (client: RedisClient) => Promise<T>, limitMs = this.#options.timeoutMs): Promise<T> {
    if (this.isAway || this.#options.client.status !== 'ready') {
      throw new RedisUnavailable(`Redis is not available: ${this.#lastFailure ?? 'no answer yet'}`);
    }
    return this.#send(work, limitMs);
  }

  /** The same over a lost connection, and for a second where it cannot be done without. What is sent may arrive twice. */
  async insist<T>(work: (client: RedisClient) => Promise<T>, limitMs = INSIST_MS): Promise<T> {
    const until = performance.now() + limitMs;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- tried again only after it failed
        return await this.run(work, until - performance.now());
      } catch (error) {
        const isOver = performance.now() + TRY_AGAIN_MS >= until;
        if (error instanceof RedisRefused || this.isAway || isOver) throw error;
      }
      // oxlint-disable-next-line no-await-in-loop -- a connection takes a moment to come back
      await pause(TRY_AGAIN_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watching);
    this.#options.client.disconnect();
  }

  async #send<T>(work: (client: RedisClient) => Promise<T>, limitMs: number): Promise<T> {
    const sent = work(this.#options.client);
    // Whatever Redis says tells that it is there, also when it is late.
    sent.then(
      () => this.#succeed(),
      (error: Error) => isRefusal(error) && this.#succeed(),
    );
    try {
      return await within(limitMs, sent);
    } catch (error) {
      const { message } = error as Error;
      if (isRefusal(error as Error)) {
        this.#isRefusing = true;
        this.#watch();
        throw this.#refuse(message, error);
      }
      this.#fail(message);
      throw new RedisUnavailable(message, { cause: error });
    }
  }

  #succeed(): void {
    if (this.#failing === undefined) return;
    this.#failing = undefined;
    this.#lastFailure = undefined;
    this.#report('ok');
    for (const listener of this.#onBack) listener();
  }

  #fail(message: string): void {
    // Of what follows from a lost connection nothing tells why it was lost.
    if (isLoss(message)) this.#lastFailure ??= message;
    else this.#lastFailure = message;
    if (this.#options.client.status !== 'ready' && this.#reported === 'ok') this.#report('unavailable');
    this.#failing ??= 0;
    this.#watch();
  }

  /** Asks again and again until all is well, and says when it is away. */
  #watch(): void {
    if (this.#isClosed) return;
    this.#watching ??= setInterval(() => {
      if (this.#failing === undefined && !this.#isRefusing) {
        clearInterval(this.#watching);
        this.#watching = undefined;
        return;
      }
      if (this.#failing !== undefined) this.#failing += 1;
      if (this.isAway) this.#report('unavailable');
      void this.#probe();
    }, PROBE_MS).unref();
  }

  async #probe(): Promise<void> {
    const { client, timeoutMs, rights = [] } = this.#options;
    if (client.status !== 'ready') return;
    try {
      const ask = (): Promise<unknown> => callScript(client, PROBE, [this.slotKey('probe')], ...rights);
      const lacking = (await this.#send(ask, Math.max(timeoutMs, PROBE_MS))) as string[];
      if (lacking.length > 0) this.#refuse(`NOPERM the user may not use ${lacking.join(', ')}`);
      // Without INFO all else goes on; without any other right what was refused will be again.
      if (!this.#isRefusing || lacking.some((command) => command !== 'info')) return;
      this.#isRefusing = false;
      for (const listener of this.#onBack) listener();
    } catch {
      // Asked again soon.
    }
  }

  #refuse(message: string, cause?: unknown): RedisRefused {
    const { text, kind } = explain(message);
    this.#lastRefusal = text;
    if (!this.#told.has(kind)) this.#options.onRefusal?.(text);
    this.#told.add(kind);
    return new RedisRefused(message, { cause });
  }

  #report(status: RedisState['status']): void {
    if (this.#reported === status || this.#isClosed) return;
    this.#reported = status;
    this.#options.onChange?.(this.state);
  }
}

/** Sends a script that `connect` has defined; KEYS first. */
export const callScript = (
  client: RedisClient,
  { name }: RedisScript,
  keys: readonly string[],
  ...args: readonly (string | number)[]
): Promise<unknown> => Reflect.apply(Reflect.get(client, name), client, [...keys, ...args]);

/** What Redis says to one command, not to everybody. By name, for whoever has no Redis does not load its client. */
const isRefusal = ({ name, message }: Error): boolean => name === 'ReplyError' && !isOutage(message);

/** The result, if it comes in time. A reply that waits in the socket because this process was busy still counts. */
const within = <T>(limitMs: number, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = (): void => reject(new RedisUnavailable(`no answer within ${Math.ceil(limitMs)} ms`));
    const timer = setTimeout(() => setImmediate(late), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
