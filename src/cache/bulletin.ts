import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis/connect.js';
import { RedisUnavailable, type SharedRedis } from '../redis/shared-redis.js';
import { type Clock, systemClock } from '../upstream/clock.js';
import { Acknowledgements } from './acknowledgements.js';
import { Hearing, TRUSTED_MS } from './hearing.js';
import type { SharedEpochs } from './shared-epochs.js';
import type { Trust } from './trust.js';

/** Two may be late or lost before trust ends. */
const HEARTBEAT_MS = 200;
/** After so many in a row that Redis took and that never came, the connection hangs. */
const MOST_UNHEARD = 5;
/** Clocks of other machines go differently, though not by a twelfth. */
const MARGIN_MS = 50;
/** Part of the time Redis itself may take after which it is asked whether it is still there, as long as nobody answers. */
const SILENT_PART = 0.5;

/** What replicas say, beside numbers of writes. */
const ARRIVES = 'arrives';
const LEAVES = 'leaves';
/** And to themselves, with the time. */
const HEARTBEAT = 'heartbeat';
const HEARD = 'heard';

export interface BulletinOptions {
  readonly redis: SharedRedis;
  readonly epochs: SharedEpochs;
  /** Another replica raised these tags. */
  readonly onTags: (tags: readonly string[]) => void;
  /** Messages may have been missed, and come again from now on. */
  readonly onRestored: () => void;
  readonly clock?: Clock;
}

/** How many writes were told to whom. */
export interface BulletinCounts {
  /** Every replica said that it knows. */
  acknowledged: number;
  /** A replica stayed silent: it asks before it relies on its memory again. Or Redis went away meanwhile. */
  unacknowledged: number;
  /** Redis could not be told. */
  untold: number;
}

/** Somebody who waits until this replica has heard itself. */
interface Listening {
  readonly since: number;
  readonly onHeard: () => void;
}

/**
 * How replicas tell each other what became untrue. A write is told by pub/sub and acknowledged by everyone who heard it, so
 * that the next read, on whatever replica, is not older; who does not acknowledge is waited for until it no longer trusts
 * its memory. Heartbeats through the same channel tell whether messages would arrive.
 */
export class Bulletin {
  readonly counts: BulletinCounts = { acknowledged: 0, unacknowledged: 0, untold: 0 };
  readonly #options: BulletinOptions;
  readonly #id = randomUUID();
  readonly #clock: Clock;
  readonly #listener: RedisClient;
  readonly #acknowledgements = new Acknowledgements(this.#id);
  readonly #hearing: Hearing;
  readonly #listening = new Set<Listening>();
  #stopHeart: () => void;
  #unheard = 0;
  #hasMissed = true;
  /** When the heartbeat was sent upon which it said that it arrives, until it hears that. */
  #arriving: number | undefined;
  /** When the last heartbeat was sent that it heard while it was arriving. */
  #heardMeanwhile = -Infinity;
  #asking: Promise<unknown> | undefined;
  #sent = 0;

  constructor(options: BulletinOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#hearing = new Hearing(() => this.#clock.now());
    const { redis } = options;
    this.#listener = redis.duplicate();
    // Without a listener ioredis writes to the console; 'close' follows.
    this.#listener.on('error', () => undefined);
    this.#listener.on('close', () => this.#miss());
    this.#listener.on('ready', () => void this.#listen());
    this.#listener.on('message', (channel: string, message: string) => this.#hear(channel, message));
    redis.whenUsable(() => void this.#beat());
    this.#stopHeart = this.#clock.after(HEARTBEAT_MS, () => void this.#tick());
  }

  /** Asked for every answer from memory. */
  get trust(): Trust {
    if (this.#hearing.isSure) return 'sure';
    return this.#options.redis.usable ? 'unsure' : 'alone';
  }

  /** Finds out what others wrote, so long at most; all who ask meanwhile wait together. */
  async untilSure(limitMs = this.#options.redis.timeoutMs): Promise<void> {
    if (this.#hearing.isSure) return;
    this.#asking ??= this.#hearItself(limitMs).finally(() => (this.#asking = undefined));
    await this.#asking;
  }

  /**
   * Raises tags in Redis and waits until every replica knows, or would find out before it answers; a bounded time, which ends
   * when Redis goes away. False when Redis could not be told.
   */
  async tell(tags: readonly string[]): Promise<boolean> {
    const { redis, epochs } = this.#options;
    const number = String((this.#sent += 1));
    const waiting = this.#acknowledgements.expect(number);
    try {
      // Who does not hear would not hear it acknowledged.
      if (this.trust === 'unsure') await this.untilSure(SILENT_PART * redis.timeoutMs);
      const told = await epochs.raise(tags, redis.key('writes'), JSON.stringify([this.#id, number, tags]));
      await this.#untilKnown(waiting, told);
      this.counts[waiting.isComplete() ? 'acknowledged' : 'unacknowledged'] += 1;
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      this.counts.untold += 1;
      return false;
    } finally {
      waiting.end();
    }
  }

  async close(): Promise<void> {
    this.#stopHeart();
    // What it acknowledged after it left would have others wait for it again.
    this.#listener.removeAllListeners('message').disconnect();
    await this.#say(LEAVES);
  }

  get #ownChannel(): string {
    return this.#options.redis.key('replica', this.#id);
  }

  /**
   * Whoever has not heard of the write so long after it was told has heard no later heartbeat either, and trusts its memory
   * no more. A Redis that went away holds nobody up: then there is nothing to wait for.
   */
  async #untilKnown(waiting: ReturnType<Acknowledgements['expect']>, told: number): Promise<void> {
    const { timeoutMs } = this.#options.redis;
    const until = this.#clock.now() + TRUSTED_MS + MARGIN_MS;
    let isOver = false;
    const over = waiting.from(told).then(() => (isOver = true));
    for (let leftMs = until - this.#clock.now(); leftMs > 0; leftMs = until - this.#clock.now()) {
      // oxlint-disable-next-line no-await-in-loop -- each wait begins when the last one brought nothing
      await this.#within(Math.min(SILENT_PART * timeoutMs, leftMs), over);
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (isOver || !(await this.#isRedisThere())) return;
    }
    // All acknowledgements there are have come when what was said after them is heard. It is worth a wait: who is not given
    // up now holds up the next write, too.
    if (await this.#hearItself(TRUSTED_MS)) waiting.giveUp();
  }

  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    let callOff: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (callOff = this.#clock.after(limitMs, resolve)));
    await Promise.race([work, late]);
    callOff();
  }

  #isRedisThere(): Promise<boolean> {
    return this.#options.redis
      .run((client) => client.ping())
      .then(
        () => true,
        () => false,
      );
  }

  async #listen(): Promise<void> {
    try {
      await this.#listener.subscribe(this.#options.redis.key('writes'), this.#ownChannel);
      await this.#beat();
    } catch {
      // The connection went away again; its next 'ready' tries anew.
    }
  }

  #miss(): void {
    this.#hasMissed = true;
    this.#arriving = undefined;
    this.#hearing.lose();
    this.#acknowledgements.miss();
  }

  #hear(channel: string, message: string): void {
    if (channel === this.#ownChannel) this.#hearPersonal(message);
    else this.#hearPublic(message);
  }

  #hearPersonal(message: string): void {
    const [what = '', more = ''] = message.split(' ');
    if (what === HEARTBEAT) {
      this.#unheard = 0;
      this.#answer(Number(more));
    } else if (what === HEARD) {
      if (this.#hearing.confirm(Number(more))) this.#tellListening(Number(more));
      else this.#answer(Number(more));
    } else if (what === ARRIVES) this.#acknowledgements.meet(more);
    else this.#acknowledgements.note(what, more);
  }

  #hearPublic(message: string): void {
    const [sender, what, more] = JSON.parse(message) as [string, string, unknown];
    if (what === LEAVES) this.#acknowledgements.farewell(sender);
    else if (what === ARRIVES) {
      this.#acknowledgements.greet(sender);
      if (sender === this.#id) this.#arrive(more as number);
      else void this.#acknowledge(what, sender);
    } else if (sender === this.#id) this.#acknowledgements.note(what, sender);
    else {
      this.#options.onTags(more as string[]);
      void this.#acknowledge(what, sender);
    }
  }

  async #acknowledge(what: string, sender: string): Promise<void> {
    const isSaid = await this.#publish(this.#options.redis.key('replica', sender), `${what} ${this.#id}`);
    if (!isSaid) this.#hearing.lose();
  }

  /** It heard its heartbeat. */
  #answer(sentAt: number): void {
    if (this.#hearing.isTooLate(sentAt)) return;
    if (this.#hearing.isSure) void this.#publish(this.#ownChannel, `${HEARD} ${sentAt}`);
    else void this.#sayArrival(sentAt);
  }

  /**
   * One at a time: who is sure since the first would be excused by the second from what was told in between, which it need
   * not have heard yet.
   */
  async #sayArrival(sentAt: number): Promise<void> {
    if (this.#arriving !== undefined && !this.#hearing.isTooLate(this.#arriving)) {
      this.#heardMeanwhile = sentAt;
      return;
    }
    this.#arriving = sentAt;
    const isSaid = await this.#say(ARRIVES, sentAt);
    if (!isSaid && this.#arriving === sentAt) this.#arriving = undefined;
  }

  /** Everybody who writes from now on knows that we are here, and waits for us. */
  #arrive(sentAt: number): void {
    if (sentAt !== this.#arriving) return;
    this.#arriving = undefined;
    if (this.#hasMissed) this.#options.onRestored();
    this.#hasMissed = false;
    this.#hearing.arrive(sentAt);
    this.#tellListening(sentAt);
    if (this.#heardMeanwhile > sentAt) this.#answer(this.#heardMeanwhile);
  }

  #tellListening(sentAt: number): void {
    for (const { since, onHeard } of this.#listening) if (since <= sentAt) onHeard();
  }

  /** Whether this replica hears what it sends now, in so long at most. */
  async #hearItself(limitMs: number): Promise<boolean> {
    let isHeard = false;
    await new Promise<void>((resolve) => {
      const onHeard = (): void => {
        isHeard = true;
        end();
      };
      const end = (): void => {
        callOff();
        this.#listening.delete(listening);
        resolve();
      };
      // What waits in the socket because this process was busy still counts.
      const callOff = this.#clock.after(limitMs, () => void setImmediate(end));
      const listening = { since: this.#clock.now(), onHeard };
      this.#listening.add(listening);
      void this.#beat().then((isSent) => isSent || end());
    });
    return isHeard;
  }

  async #tick(): Promise<void> {
    this.#stopHeart = this.#clock.after(HEARTBEAT_MS, () => void this.#tick());
    // Neither closed nor heard: a connection that hangs is replaced.
    if (this.#unheard >= MOST_UNHEARD && this.#listener.status === 'ready') {
      this.#unheard = 0;
      this.#listener.disconnect(true);
    }
    if (await this.#beat()) this.#unheard += 1;
  }

  #beat(): Promise<boolean> {
    return this.#publish(this.#ownChannel, `${HEARTBEAT} ${this.#clock.now()}`);
  }

  /** To everybody. */
  #say(what: string, more?: number): Promise<boolean> {
    return this.#publish(this.#options.redis.key('writes'), JSON.stringify([this.#id, what, more]));
  }

  /** Whether Redis took it. */
  #publish(channel: string, message: string): Promise<boolean> {
    return this.#options.redis
      .run((client) => client.publish(channel, message))
      .then(
        () => true,
        () => false,
      );
  }
}
