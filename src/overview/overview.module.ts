import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { MemberExportService } from './member-export.service.js';
import { MemberInsightController } from './member-insight.controller.js';
import { MemberProfileService } from './member-profile.service.js';
import { OverviewController } from './overview.controller.js';
import { OverviewReader } from './overview.reader.js';
import { OverviewService } from './overview.service.js';
import { OverviewsController } from './overviews.controller.js';
import { OverviewsService } from './overviews.service.js';
import { PermissionMatrixService } from './permission-matrix.service.js';

@Module({
  imports: [OrganizationsModule, MembersModule, RolesModule],
  controllers: [OverviewController, OverviewsController, MemberInsightController],
  providers: [
    OverviewReader,
    OverviewService,
    OverviewsService,
    PermissionMatrixService,
    MemberProfileService,
    MemberExportService,
  ],
})
export class OverviewModule {}
