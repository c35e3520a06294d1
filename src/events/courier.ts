import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery } from './deliver.js';
import type { OnDrop } from './event-queue.js';
import type { Outbox } from './outbox.js';

/** How often it is looked for events of other replicas: while they have some under way, and in case one died with its own. */
const LOOK_MS = { busy: 1000, idle: 10_000 };
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** An event nobody took for so long is given up. */
const EXPIRES_MS = 24 * 60 * 60 * 1000;

export interface CourierOptions {
  readonly outbox: Outbox;
  readonly deliver: (body: string, signal: AbortSignal) => Promise<Delivery>;
  /** Told of each try. */
  readonly onTry: (delivery: Delivery) => void;
  readonly onDrop: OnDrop;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** 0 to 1. */
  readonly random?: () => number;
}

const createdAt = (body: string): number => Date.parse((JSON.parse(body) as { createdAt: string }).createdAt);

/** Takes events out of the outbox, one after another, and brings them to the receiver, however often it takes. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something waits. */
  nudge(): void {
    this.#wake.abort();
  }

  /** Ends what it is at; what is not delivered stays in the outbox. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      // oxlint-disable-next-line no-await-in-loop -- one after another, so that they arrive about in their order
      const waitMs = await this.#bringNext(signal);
      // oxlint-disable-next-line no-await-in-loop -- the next is sent when this one has arrived
      if (waitMs > 0) await pause(waitMs, undefined, { signal: this.#interrupt(signal) }).catch(() => undefined);
    }
  }

  /** Nothing but the end disturbs the wait after a failure. */
  #interrupt(stop: AbortSignal): AbortSignal {
    return this.#failures > 0 ? stop : AbortSignal.any([stop, this.#wake.signal]);
  }

  /** Gives back how long to wait then. */
  async #bringNext(signal: AbortSignal): Promise<number> {
    const { outbox, deliver, onTry, onDrop, now = Date.now, random = Math.random } = this.#options;
    const event = await outbox.next();
    if (!event) {
      this.#failures = 0;
      return outbox.length > 0 ? LOOK_MS.busy : LOOK_MS.idle;
    }
    const delivery = await deliver(event.body, signal);
    if (signal.aborted && delivery.outcome === 'failed') return 0;
    onTry(delivery);
    const isExpired = delivery.outcome === 'failed' && now() - createdAt(event.body) > EXPIRES_MS;
    if (delivery.outcome === 'failed' && !isExpired) {
      this.#failures += 1;
      // Any wait from half to all of it: replicas that failed together do not come back together.
      return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1)) * (0.5 + random() / 2);
    }
    if (isExpired) onDrop('expired', 1);
    if (delivery.outcome === 'refused') onDrop('refused', 1);
    await event.done();
    this.#failures = 0;
    return 0;
  }
}
