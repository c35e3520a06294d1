import { Module } from '@nestjs/common';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { MemberRolesController } from './member-roles.controller.js';
import { MemberRolesService } from './member-roles.service.js';
import { RolesUpstream } from './roles.upstream.js';

@Module({
  controllers: [MemberRolesController, CatalogueController],
  providers: [MemberRolesService, CatalogueService, RolesUpstream],
  exports: [RolesUpstream],
})
export class RolesModule {}
