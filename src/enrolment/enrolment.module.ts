import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { EnrolmentController } from './enrolment.controller.js';
import { EnrolmentService } from './enrolment.service.js';

/** Knows members and roles: people join with what they may do. */
@Module({ imports: [MembersModule, RolesModule], controllers: [EnrolmentController], providers: [EnrolmentService] })
export class EnrolmentModule {}
