import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { OverviewController } from './overview.controller.js';
import { OverviewReader } from './overview.reader.js';
import { OverviewService } from './overview.service.js';

@Module({
  imports: [OrganizationsModule, MembersModule, RolesModule],
  controllers: [OverviewController],
  providers: [OverviewService, OverviewReader],
})
export class OverviewModule {}
