import { RedisUnavailable, type SharedRedis } from '../redis/shared-redis.js';
import { type Clock, systemClock } from '../upstream/clock.js';
import { Acknowledgements } from './acknowledgements.js';
import { Channels } from './channels.js';
import { TRUSTED_MS } from './hearing.js';
import { Pulse } from './pulse.js';
import type { SharedEpochs } from './shared-epochs.js';
import type { Trust } from './trust.js';

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

/**
 * How replicas tell each other what became untrue. A write is told by pub/sub and acknowledged by everyone who heard it, so
 * that the next read, on whatever replica, is not older; who does not acknowledge is waited for until it no longer trusts
 * its memory. Heartbeats through the same channel tell whether messages would arrive.
 */
export class Bulletin {
  readonly counts: BulletinCounts = { acknowledged: 0, unacknowledged: 0, untold: 0 };
  readonly #options: BulletinOptions;
  readonly #clock: Clock;
  readonly #channels: Channels;
  readonly #acknowledgements: Acknowledgements;
  readonly #pulse: Pulse;
  #sent = 0;

  constructor(options: BulletinOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { redis } = options;
    const channels = new Channels(redis, {
      onOpen: () => void this.#pulse.beat(),
      onLost: () => this.#miss(),
      onPersonal: (what, more) => this.#hearPersonal(what, more),
      onPublic: (sender, what, more) => this.#hearPublic(sender, what, more),
    });
    this.#channels = channels;
    this.#acknowledgements = new Acknowledgements(channels.id);
    this.#pulse = new Pulse({
      clock: this.#clock,
      voice: {
        beat: (sentAt) => channels.toOne(channels.id, HEARTBEAT, sentAt),
        confirm: (sentAt) => channels.toOne(channels.id, HEARD, sentAt),
        arrive: (sentAt) => channels.toAll(ARRIVES, sentAt),
      },
      onRestored: options.onRestored,
      onHung: () => channels.reconnect(),
    });
    redis.whenUsable(() => void this.#pulse.beat());
  }

  /** Asked for every answer from memory. */
  get trust(): Trust {
    if (this.#pulse.isSure) return 'sure';
    return this.#options.redis.usable ? 'unsure' : 'alone';
  }

  /** Finds out what others wrote, so long at most; all who ask meanwhile wait together. */
  untilSure(limitMs = this.#options.redis.timeoutMs): Promise<void> {
    return this.#pulse.untilSure(limitMs);
  }

  /**
   * Raises tags in Redis and waits until every replica knows, or would find out before it answers; a bounded time, which ends
   * when Redis goes away. False when Redis could not be told.
   */
  async tell(tags: readonly string[]): Promise<boolean> {
    const { redis, epochs } = this.#options;
    const channels = this.#channels;
    const number = String((this.#sent += 1));
    const waiting = this.#acknowledgements.expect(number);
    try {
      // Who does not hear would not hear it acknowledged.
      if (this.trust === 'unsure') await this.untilSure(SILENT_PART * redis.timeoutMs);
      const told = await epochs.raise(tags, channels.everybody, channels.publicly(number, tags));
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
    this.#pulse.stop();
    // What it acknowledged after it left would have others wait for it again.
    this.#channels.close();
    await this.#channels.toAll(LEAVES);
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
    const endsWithin = async (limitMs: number): Promise<boolean> => {
      await this.#within(limitMs, over);
      return isOver || !(await this.#isRedisThere());
    };
    for (let leftMs = until - this.#clock.now(); leftMs > 0; leftMs = until - this.#clock.now())
      if (await endsWithin(Math.min(SILENT_PART * timeoutMs, leftMs))) return;
    // All acknowledgements there are have come when what was said after them is heard. It is worth a wait: who is not given
    // up now holds up the next write, too.
    if (await this.#pulse.hearItself(TRUSTED_MS)) waiting.giveUp();
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

  #miss(): void {
    this.#pulse.miss();
    this.#acknowledgements.miss();
  }

  #hearPersonal(what: string, more: string): void {
    if (what === HEARTBEAT) this.#pulse.hearBeat(Number(more));
    else if (what === HEARD) this.#pulse.hearConfirmation(Number(more));
    else if (what === ARRIVES) this.#acknowledgements.meet(more);
    else this.#acknowledgements.note(what, more);
  }

  #hearPublic(sender: string, what: string, more: unknown): void {
    if (what === LEAVES) this.#acknowledgements.farewell(sender);
    else if (what === ARRIVES) {
      this.#acknowledgements.greet(sender);
      if (sender === this.#channels.id) this.#pulse.hearArrival(more as number);
      else void this.#acknowledge(what, sender);
    } else if (sender === this.#channels.id) this.#acknowledgements.note(what, sender);
    else {
      this.#options.onTags(more as string[]);
      void this.#acknowledge(what, sender);
    }
  }

  async #acknowledge(what: string, sender: string): Promise<void> {
    const isSaid = await this.#channels.toOne(sender, what, this.#channels.id);
    if (!isSaid) this.#pulse.lose();
  }
}
