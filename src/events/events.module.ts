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
import { Postbox } from './postbox.js';
import { RoleEvents } from './role-events.js';

/** Tells a receiver of what Logto tells nobody. Without `EVENTS_WEBHOOK_URL` there is nothing of it. */
@Global()
@Module({
  providers: [
    {
      provide: Postbox,
      inject: [CONFIG, REDIS, Health, Metrics],
      useFactory: ({ events }: Config, redis: SharedRedis | undefined, health: Health, metrics: Metrics) =>
        events && new Postbox({ receiver: events, redis, health, metrics }),
    },
    {
      provide: ROLE_EVENTS,
      inject: [Postbox, LEASES],
      useFactory: (postbox: Postbox | undefined, leases: Leases | undefined) =>
        postbox && new RoleEvents(postbox.send, new KeyedMutex(leases)),
    },
  ],
  exports: [ROLE_EVENTS],
})
export class EventsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Postbox) private readonly postbox: Postbox | undefined) {}

  onApplicationBootstrap(): void {
    this.postbox?.open();
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.postbox?.close();
  }
}
