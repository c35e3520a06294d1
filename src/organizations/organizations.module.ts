import { Module } from '@nestjs/common';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsService } from './organizations.service.js';
import { OrganizationsUpstream } from './organizations.upstream.js';

@Module({
  controllers: [OrganizationsController],
  providers: [OrganizationsService, OrganizationsUpstream],
  exports: [OrganizationsUpstream],
})
export class OrganizationsModule {}
