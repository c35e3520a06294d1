import { Global, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { KeyedMutex } from '../locks/keyed-mutex.js';
import type { Leases } from '../redis/lease.js';
import { LEASES, REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { ROLE_EVENTS } from './events.tokens.js';
import { EventPublisher } from './event-publisher.js';
import { RoleEvents } from './role-events.js';

/** Sends webhooks for changes that Logto sends none for. Does nothing without `EVENTS_WEBHOOK_URL`. */
@Global()
@Module({
  providers: [
    {
      provide: EventPublisher,
      inject: [CONFIG, REDIS, Health, Metrics],
      useFactory: ({ events }: Config, redis: SharedRedis | undefined, health: Health, metrics: Metrics) =>
        events && new EventPublisher({ receiver: events, redis, health, metrics }),
    },
    {
      provide: ROLE_EVENTS,
      inject: [EventPublisher, LEASES],
      useFactory: (publisher: EventPublisher | undefined, leases: Leases | undefined) =>
        publisher && new RoleEvents(publisher.publish, new KeyedMutex(leases)),
    },
  ],
  exports: [ROLE_EVENTS],
})
export class EventsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(EventPublisher) private readonly publisher: EventPublisher | undefined) {}

  onApplicationBootstrap(): void {
    this.publisher?.start();
  }

  /** Runs after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.publisher?.close();
  }
}
