import { Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Health } from '../observability/health.js';
import type { Metrics } from '../observability/metrics.js';
import { registerGauges } from '../observability/read-metrics.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { Courier } from './courier.js';
import { deliver, type Delivery, type Receiver } from './deliver.js';
import type { DropReason } from './event-queue.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';
import type { RoleEvent } from './role-events.js';
import { StreamQueue } from './stream-queue.js';

/** So many events wait at most, of this process and of all replicas; a receiver that is away for long loses the oldest. */
const MOST_EVENTS = 10_000;

export interface PostboxOptions {
  readonly receiver: Receiver;
  readonly redis: SharedRedis | undefined;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** Takes events and sees to it that they arrive; tells health, metrics and the log how that goes. */
export class Postbox {
  readonly #log = new Logger('Events');
  readonly #outbox: Outbox;
  readonly #courier: Courier;
  readonly #tries: Counter<'outcome'>;
  readonly #drops: Counter<'reason'>;
  #dropped = 0;
  #lastFailure: string | undefined;

  constructor({ receiver, redis, health, metrics: { registry } }: PostboxOptions) {
    this.#tries = new Counter({
      name: 'gateway_events_deliveries_total',
      help: 'Tries to deliver an event, by outcome.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.#drops = new Counter({
      name: 'gateway_events_dropped_total',
      help: 'Events given up, by reason.',
      labelNames: ['reason'],
      registers: [registry],
    });
    const outbox = new Outbox(
      new MemoryQueue(MOST_EVENTS, this.#onDrop),
      redis && new StreamQueue(redis, MOST_EVENTS, this.#onDrop, undefined, () => this.#courier.nudge()),
      this.#onDrop,
    );
    registerGauges(registry, [
      {
        name: 'gateway_events_queued',
        help: 'Events that wait for delivery: those of this process, and those in Redis.',
        read: () => outbox.length,
      },
    ]);
    this.#outbox = outbox;
    this.#courier = new Courier({
      outbox,
      deliver: (body, signal) => deliver(receiver, body, signal),
      onTry: this.#onTry,
      onDrop: this.#onDrop,
    });
    redis?.onBack(() => this.#courier.nudge());
    health.report('events', () => ({
      status: this.#lastFailure === undefined ? 'ok' : 'failing',
      queued: outbox.length,
      dropped: this.#dropped,
      lastFailure: this.#lastFailure,
    }));
  }

  open(): void {
    this.#courier.start();
  }

  readonly send = async (event: RoleEvent): Promise<void> => {
    try {
      await this.#outbox.add(JSON.stringify(event));
      this.#courier.nudge();
    } catch (error) {
      this.#log.error(`an event could not be queued: ${String(error)}`);
      this.#onDrop('lost', 1);
    }
  };

  async close(): Promise<void> {
    await this.#courier.stop();
    await this.#outbox.leave();
  }

  readonly #onTry = ({ outcome, answer }: Delivery): void => {
    this.#tries.inc({ outcome });
    const failure = outcome === 'failed' ? answer : undefined;
    if (failure !== undefined && this.#lastFailure === undefined)
      this.#log.warn(`the receiver of events does not take them, they wait: ${failure}`);
    if (failure === undefined && this.#lastFailure !== undefined) this.#log.log('the receiver takes events again');
    this.#lastFailure = failure;
  };

  readonly #onDrop = (reason: DropReason, count: number): void => {
    this.#drops.inc({ reason }, count);
    this.#dropped += count;
    this.#log.warn(`${count} event${count === 1 ? '' : 's'} given up: ${reason}`);
  };
}
