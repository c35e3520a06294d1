import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AccessModule } from './access/access.module.js';
import { AdminModule } from './admin/admin.module.js';
import { PurgeModule } from './admin/purge.module.js';
import { CacheModule } from './cache/cache.module.js';
import { ADDRESSES, type Addresses } from './config/addresses.js';
import { CONFIG } from './config/config.token.js';
import type { Config } from './config/config.js';
import { MembersWithRolesModule } from './members-with-roles/members-with-roles.module.js';
import { EventsModule } from './events/events.module.js';
import { FrameworkModule } from './inbound/framework/framework.module.js';
import { ProblemPagesController } from './openapi/problem-pages.controller.js';
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

/** All modules. The order of the features is their order in the OpenAPI document. */
@Global()
@Module({
  controllers: [ProblemPagesController],
  imports: [
    ProcessModule,
    RedisModule,
    LimitsModule,
    CacheModule,
    PurgeModule,
    UpstreamModule,
    AccessModule,
    FrameworkModule,
    EventsModule,
    OverviewModule,
    OrganizationsModule,
    MembersModule,
    MembersWithRolesModule,
    RolesModule,
    MeModule,
    ObservabilityModule,
    AdminModule,
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
