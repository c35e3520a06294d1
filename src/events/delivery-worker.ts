import { type Clock, sleep, systemClock } from '../core/clock.js';
import type { Delivery } from './deliver.js';
import type { OnDrop } from './event-queue.js';
import type { Outbox } from './outbox.js';

/** How often the queue is polled for events of crashed replicas: while other replicas deliver some, and otherwise. */
const POLL_MS = { busy: 1000, idle: 10_000 };
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** An event that could not be delivered for this long is dropped. */
const EXPIRES_MS = 24 * 60 * 60 * 1000;

export interface DeliveryWorkerOptions {
  readonly outbox: Outbox;
  readonly deliver: (body: string, signal: AbortSignal) => Promise<Delivery>;
  readonly onAttempt: (delivery: Delivery) => void;
  readonly onDrop: OnDrop;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
}

const createdAt = (body: string): number => Date.parse((JSON.parse(body) as { createdAt: string }).createdAt);

/** Delivers the events of the outbox one after another, and retries until the receiver accepts them. */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the wait for new events. */
  wake(): void {
    this.#wake.abort();
  }

  /** Aborts the current delivery. Undelivered events stay in the outbox. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock = systemClock } = this.#options;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      // oxlint-disable-next-line no-await-in-loop -- one at a time keeps the events roughly in order
      const waitMs = await this.#deliverNext(signal);
      // oxlint-disable-next-line no-await-in-loop -- the next delivery starts after the wait
      if (waitMs > 0) await sleep(clock, waitMs, this.#wakeSignal(signal)).catch(() => undefined);
    }
  }

  /** New events must not cut a backoff short. */
  #wakeSignal(stop: AbortSignal): AbortSignal {
    return this.#failures > 0 ? stop : AbortSignal.any([stop, this.#wake.signal]);
  }

  /** Returns how long to wait before the next delivery. */
  async #deliverNext(signal: AbortSignal): Promise<number> {
    const { outbox, deliver, onAttempt, onDrop, now = Date.now, random = Math.random } = this.#options;
    const event = await outbox.next();
    if (!event) {
      this.#failures = 0;
      return outbox.length > 0 ? POLL_MS.busy : POLL_MS.idle;
    }
    const delivery = await deliver(event.body, signal);
    if (signal.aborted && delivery.outcome === 'failed') return 0;
    onAttempt(delivery);
    const isExpired = delivery.outcome === 'failed' && now() - createdAt(event.body) > EXPIRES_MS;
    if (delivery.outcome === 'failed' && !isExpired) {
      this.#failures += 1;
      // Exponential backoff with jitter, so that replicas do not retry at the same time.
      return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#failures - 1)) * (0.5 + random() / 2);
    }
    if (isExpired) onDrop('expired', 1);
    if (delivery.outcome === 'refused') onDrop('refused', 1);
    await event.acknowledge();
    this.#failures = 0;
    return 0;
  }
}
