import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AccessModule } from './access/access.module.js';
import { ADDRESSES, type Addresses } from './config/addresses.js';
import { CONFIG } from './config/config.token.js';
import type { Config } from './config/config.js';
import { AcceptInterceptor } from './http/accept.interceptor.js';
import { BodyInterceptor } from './http/body.interceptor.js';
import { InputPipe } from './http/input.pipe.js';
import { ProblemFilter } from './http/problem.filter.js';
import { ProblemPagesController } from './http/problem-pages.controller.js';
import { MembersModule } from './members/members.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { OrganizationsModule } from './organizations/organizations.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { RolesModule } from './roles/roles.module.js';
import { UpstreamModule } from './upstream/upstream.module.js';

/** Which wings and features there are. Their order is the order of the documentation. */
@Global()
@Module({
  imports: [UpstreamModule, AccessModule, OverviewModule, OrganizationsModule, MembersModule, RolesModule, ObservabilityModule],
  controllers: [ProblemPagesController],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: AcceptInterceptor },
    { provide: APP_INTERCEPTOR, useClass: BodyInterceptor },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class AppModule {
  static with(config: Config, addresses: Addresses): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: ADDRESSES, useValue: addresses },
    ];
    return { module: AppModule, providers, exports: [CONFIG, ADDRESSES] };
  }
}
