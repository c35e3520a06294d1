// Longer than most: it is the one place that decides whether Redis is down, slow, or refuses a command.
import { type Clock, sleep, systemClock } from '../core/clock.js';
import { RedisRefused, RedisUnavailable } from '../core/faults.js';
import { explain, isConnectionLoss, isOutage } from './error-advice.js';
import type { RedisClient } from './connect.js';
import { PROBE } from './scripts/probe.js';
import type { RedisScript } from './scripts/script.js';

/** The state of Redis in `/health/ready`. */
export interface RedisState {
  readonly status: 'ok' | 'unavailable';
  /** Why it is unavailable. */
  readonly lastFailure: string | undefined;
  /** The last refused command since the start. */
  readonly lastRefusal: string | undefined;
}

export interface SharedRedisOptions {
  readonly client: RedisClient;
  /** The prefix of all keys, so that several gateways can share a Redis. */
  readonly prefix: string;
  /** The time limit of `run`. */
  readonly timeoutMs: number;
  /** The commands that will be sent. A missing permission for one of them is reported at the start. */
  readonly rights?: readonly string[];
  /** Called when Redis becomes available or unavailable. */
  readonly onChange?: (state: RedisState) => void;
  /** Called once for each kind of refused command. */
  readonly onRefusal?: (cause: string) => void;
  readonly clock?: Clock;
}

/** How often Redis is probed while it does not answer. */
const PROBE_MS = 200;
/**
 * Redis counts as down after a second without an answer. Probes are counted instead of measuring the time, because an answer
 * cannot be received while this process itself is blocked, for instance at its start.
 */
const DOWN_AFTER_PROBES = 5;
/** The time limit of `runWithRetry`. */
const RETRY_LIMIT_MS = 1000;
const RETRY_DELAY_MS = 10;

/** The hash tag that puts all keys of scripts into one slot of a cluster. */
const SLOT = '{shared}';

/**
 * The Redis that all replicas share. Commands have a time limit. Once Redis is down they fail at once, until a probe in the
 * background succeeds. While Redis is available, no probes are sent.
 */
export class SharedRedis {
  readonly #options: SharedRedisOptions;
  readonly #clock: Clock;
  readonly #onAvailable: (() => void)[] = [];
  readonly #onDataLoss: (() => void)[] = [];
  /** The kinds of refusals that were reported. */
  readonly #reportedRefusals = new Set<string>();
  /** Probes without success since the last failure; undefined while Redis is available. */
  #failedProbes: number | undefined = 0;
  /** A command was refused, and no probe has shown yet that it would be accepted now. */
  #isRefusing = false;
  #cancelProbe: (() => void) | undefined;
  #reported: RedisState['status'] | undefined;
  #isClosed = false;
  #connections = 0;
  #lastFailure: string | undefined;
  #lastRefusal: string | undefined;

  constructor(options: SharedRedisOptions) {
    this.#options = options;
    const { client, clock = systemClock } = options;
    this.#clock = clock;
    client.on('ready', () => {
      this.#connections += 1;
      void this.#probe();
    });
    client.on('close', () => this.#fail('the connection was lost'));
    client.on('error', ({ message, lastNodeError }: Error & { readonly lastNodeError?: Error }) => {
      this.#lastFailure = lastNodeError ? `no node of the cluster answers: ${lastNodeError.message}` : message;
    });
    this.#scheduleProbe();
  }

  get state(): RedisState {
    const isOk = this.#reported === 'ok';
    return {
      status: isOk ? 'ok' : 'unavailable',
      lastFailure: isOk ? undefined : explain(this.#lastFailure ?? 'no answer yet').text,
      lastRefusal: this.#lastRefusal,
    };
  }

  /** Commands fail at once. */
  get isDown(): boolean {
    return this.#isClosed || (this.#failedProbes ?? 0) >= DOWN_AFTER_PROBES;
  }

  /**
   * Replaces the replication id when the user may not run INFO: another connection may lead to another data set.
   * @throws RedisRefused for a cluster, whose client replaces connections silently
   */
  get connectionId(): string {
    if (!this.#options.client.isCluster) return `connection ${this.#connections}`;
    throw this.#reportRefusal(`NOPERM the user may not use 'info', without which a cluster's failover goes unnoticed`);
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Calls `listener` when Redis answers for the first time or again, and when it may accept again what it has refused. */
  onAvailable(listener: () => void): void {
    this.#onAvailable.push(listener);
  }

  /** Calls `listener` when Redis may have lost data: it was emptied, restarted, or failed over. */
  onDataLoss(listener: () => void): void {
    this.#onDataLoss.push(listener);
  }

  /** Called by the reader of the write log, which detects a loss when it polls. */
  reportDataLoss(): void {
    for (const listener of this.#onDataLoss) listener();
  }

  /** Waits until Redis answers, or for `limitMs`. */
  async untilAvailable(limitMs: number): Promise<void> {
    if (this.#failedProbes === undefined) return;
    await Promise.race([new Promise<void>((resolve) => this.onAvailable(resolve)), sleep(this.#clock, limitMs)]);
  }

  key(...parts: string[]): string {
    return [this.#options.prefix, ...parts].join(':');
  }

  /** A key for scripts with several keys, which must be in one slot of a cluster. */
  slotKey(...parts: string[]): string {
    return this.key(SLOT, ...parts);
  }

  /** Sends commands. Throws RedisUnavailable at once while Redis is down, or when it does not answer in time. */
  async run<T>(work: (client: RedisClient) => Promise<T>, limitMs = this.#options.timeoutMs): Promise<T> {
    if (this.isDown || this.#options.client.status !== 'ready') {
      throw new RedisUnavailable(`Redis is not available: ${this.#lastFailure ?? 'no answer yet'}`);
    }
    return this.#send(work, limitMs);
  }

  /** Retries after a lost connection, for a second by default. A command may be performed twice. */
  async runWithRetry<T>(work: (client: RedisClient) => Promise<T>, limitMs = RETRY_LIMIT_MS): Promise<T> {
    const until = this.#clock.now() + limitMs;
    for (let leftMs = limitMs; ; leftMs = until - this.#clock.now()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- repeated only after a failure
        return await this.run(work, leftMs);
      } catch (error) {
        const isTimeUp = this.#clock.now() + RETRY_DELAY_MS >= until;
        if (error instanceof RedisRefused || this.isDown || isTimeUp) throw error;
      }
      // oxlint-disable-next-line no-await-in-loop -- waits for a new connection
      await sleep(this.#clock, RETRY_DELAY_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelProbe?.();
    this.#options.client.disconnect();
  }

  async #send<T>(work: (client: RedisClient) => Promise<T>, limitMs: number): Promise<T> {
    const reply = work(this.#options.client);
    // Any reply shows that Redis is available, even a late one.
    reply.then(
      () => this.#succeed(),
      (error: Error) => isRefusal(error) && this.#succeed(),
    );
    try {
      return await withTimeout(this.#clock, limitMs, reply);
    } catch (error) {
      const { message } = error as Error;
      if (isRefusal(error as Error)) {
        this.#isRefusing = true;
        this.#scheduleProbe();
        throw this.#reportRefusal(message, error);
      }
      this.#fail(message);
      throw new RedisUnavailable(message, { cause: error });
    }
  }

  #succeed(): void {
    if (this.#failedProbes === undefined) return;
    this.#failedProbes = undefined;
    this.#lastFailure = undefined;
    this.#reportStatus('ok');
    for (const listener of this.#onAvailable) listener();
  }

  #fail(message: string): void {
    // The error that caused a connection loss is more useful than those that follow from it.
    if (isConnectionLoss(message)) this.#lastFailure ??= message;
    else this.#lastFailure = message;
    if (this.#options.client.status !== 'ready' && this.#reported === 'ok') this.#reportStatus('unavailable');
    this.#failedProbes ??= 0;
    this.#scheduleProbe();
  }

  /** Probes repeatedly until Redis is available and refuses nothing. */
  #scheduleProbe(): void {
    if (this.#isClosed) return;
    this.#cancelProbe ??= this.#clock.after(PROBE_MS, () => {
      this.#cancelProbe = undefined;
      if (this.#failedProbes === undefined && !this.#isRefusing) return;
      if (this.#failedProbes !== undefined) this.#failedProbes += 1;
      if (this.isDown) this.#reportStatus('unavailable');
      this.#scheduleProbe();
      void this.#probe();
    });
  }

  async #probe(): Promise<void> {
    const { client, timeoutMs, rights = [] } = this.#options;
    if (client.status !== 'ready') return;
    try {
      const probe = (): Promise<unknown> => callScript(client, PROBE, [this.slotKey('probe')], ...rights);
      const forbidden = (await this.#send(probe, Math.max(timeoutMs, PROBE_MS))) as string[];
      if (forbidden.length > 0) this.#reportRefusal(`NOPERM the user may not use ${forbidden.join(', ')}`);
      // Everything else works without INFO. Without another permission the refused command would fail again.
      if (!this.#isRefusing || forbidden.some((command) => command !== 'info')) return;
      this.#isRefusing = false;
      for (const listener of this.#onAvailable) listener();
    } catch {
      // The next probe follows.
    }
  }

  #reportRefusal(message: string, cause?: unknown): RedisRefused {
    const { text, kind } = explain(message);
    this.#lastRefusal = text;
    if (!this.#reportedRefusals.has(kind)) this.#options.onRefusal?.(text);
    this.#reportedRefusals.add(kind);
    return new RedisRefused(message, { cause });
  }

  #reportStatus(status: RedisState['status']): void {
    if (this.#reported === status || this.#isClosed) return;
    this.#reported = status;
    this.#options.onChange?.(this.state);
  }
}

/** Runs a script that `connect` has defined. */
export const callScript = (
  client: RedisClient,
  { name }: RedisScript,
  keys: readonly string[],
  ...args: readonly (string | number)[]
): Promise<unknown> => Reflect.apply(Reflect.get(client, name), client, [...keys, ...args]);

/** Whether Redis refused this one command. Checks the name of the error, because ioredis is loaded only with a Redis. */
const isRefusal = ({ name, message }: Error): boolean => name === 'ReplyError' && !isOutage(message);

/** Rejects when there is no reply in time. A reply that is already in the socket, because this process was busy, is in time. */
const withTimeout = <T>(clock: Clock, limitMs: number, reply: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const onTimeout = (): void => reject(new RedisUnavailable(`no answer within ${Math.ceil(limitMs)} ms`));
    const cancel = clock.after(limitMs, () => setImmediate(onTimeout));
    reply.then(resolve, reject).finally(cancel);
  });
