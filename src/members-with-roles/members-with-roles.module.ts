import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { MembersWithRolesController } from './members-with-roles.controller.js';
import { MembersWithRolesService } from './members-with-roles.service.js';

/** Adds members together with their roles. */
@Module({
  imports: [MembersModule, RolesModule],
  controllers: [MembersWithRolesController],
  providers: [MembersWithRolesService],
})
export class MembersWithRolesModule {}
