import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { CacheModule } from './cache/cache.module.js';
import { ADDRESSES, type Addresses } from './config/addresses.js';
import { CONFIG } from './config/config.token.js';
import type { Config } from './config/config.js';
import { EnrolmentModule } from './enrolment/enrolment.module.js';
import { EventsModule } from './events/events.module.js';
import { HttpModule } from './http/http.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { MeModule } from './me/me.module.js';
import { MembersModule } from './members/members.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { LOGGER } from './observability/observability.tokens.js';
import { OrganizationsModule } from './organizations/organizations.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { ProcessModule } from './process/process.module.js';
import { RedisModule } from './redis/redis.module.js';
import { RolesModule } from './roles/roles.module.js';
import { UpstreamModule } from './upstream/upstream.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** Which wings and features there are. Their order is the order of the documentation. */
@Global()
@Module({
  imports: [
    HttpModule,
    ProcessModule,
    RedisModule,
    LimitsModule,
    CacheModule,
    UpstreamModule,
    AccessModule,
    IdempotencyModule,
    AuditModule,
    EventsModule,
    OverviewModule,
    OrganizationsModule,
    MembersModule,
    EnrolmentModule,
    RolesModule,
    MeModule,
    ObservabilityModule,
  ],
})
export class AppModule {
  static with(config: Config, addresses: Addresses, logger: Logger): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: ADDRESSES, useValue: addresses },
      { provide: LOGGER, useValue: logger },
    ];
    const imports = config.webhooks.signingKey ? [WebhooksModule] : [];
    return { module: AppModule, imports, providers, exports: [CONFIG, ADDRESSES, LOGGER] };
  }
}
