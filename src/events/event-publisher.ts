import { Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Health } from '../observability/health.js';
import type { Metrics } from '../observability/metrics.js';
import { registerGauges } from '../observability/read-metrics.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { DeliveryWorker } from './delivery-worker.js';
import { deliver, type Delivery, type Receiver } from './deliver.js';
import type { DropReason } from './event-queue.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';
import type { RoleEvent } from './role-events.js';
import { StreamQueue } from './stream-queue.js';

/** The capacity of the queue in memory and of that in Redis. When the receiver is down for long, the oldest events are dropped. */
const MAX_QUEUED = 10_000;

export interface EventPublisherOptions {
  readonly receiver: Receiver;
  readonly redis: SharedRedis | undefined;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** Queues events for delivery, and reports about it to health, metrics and the log. */
export class EventPublisher {
  readonly #log = new Logger('Events');
  readonly #outbox: Outbox;
  readonly #worker: DeliveryWorker;
  readonly #attempts: Counter<'outcome'>;
  readonly #drops: Counter<'reason'>;
  #dropped = 0;
  #lastFailure: string | undefined;

  constructor({ receiver, redis, health, metrics: { registry } }: EventPublisherOptions) {
    this.#attempts = new Counter({
      name: 'gateway_events_deliveries_total',
      help: 'Attempts to deliver an event, by outcome.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.#drops = new Counter({
      name: 'gateway_events_dropped_total',
      help: 'Events dropped, by reason.',
      labelNames: ['reason'],
      registers: [registry],
    });
    const outbox = new Outbox(
      new MemoryQueue(MAX_QUEUED, this.#onDrop),
      redis && new StreamQueue(redis, MAX_QUEUED, this.#onDrop, () => this.#worker.wake()),
      this.#onDrop,
    );
    registerGauges(registry, [
      {
        name: 'gateway_events_queued',
        help: 'Events that wait for delivery, in this process and in Redis.',
        read: () => outbox.length,
      },
    ]);
    this.#outbox = outbox;
    this.#worker = new DeliveryWorker({
      outbox,
      deliver: (body, signal) => deliver(receiver, body, signal),
      onAttempt: this.#onAttempt,
      onDrop: this.#onDrop,
    });
    redis?.onAvailable(() => this.#worker.wake());
    health.report('events', () => ({
      status: this.#lastFailure === undefined ? 'ok' : 'failing',
      queued: outbox.length,
      dropped: this.#dropped,
      lastFailure: this.#lastFailure,
    }));
  }

  start(): void {
    this.#worker.start();
  }

  readonly publish = async (event: RoleEvent): Promise<void> => {
    try {
      await this.#outbox.add(JSON.stringify(event));
      this.#worker.wake();
    } catch (error) {
      this.#log.error(`an event could not be queued: ${String(error)}`);
      this.#onDrop('lost', 1);
    }
  };

  async close(): Promise<void> {
    await this.#worker.stop();
    await this.#outbox.close();
  }

  readonly #onAttempt = ({ outcome, answer }: Delivery): void => {
    this.#attempts.inc({ outcome });
    const failure = outcome === 'failed' ? answer : undefined;
    if (failure !== undefined && this.#lastFailure === undefined)
      this.#log.warn(`the receiver does not accept events, they stay queued: ${failure}`);
    if (failure === undefined && this.#lastFailure !== undefined) this.#log.log('the receiver accepts events again');
    this.#lastFailure = failure;
  };

  readonly #onDrop = (reason: DropReason, count: number): void => {
    this.#drops.inc({ reason }, count);
    this.#dropped += count;
    this.#log.warn(`dropped ${count} event${count === 1 ? '' : 's'}: ${reason}`);
  };
}
