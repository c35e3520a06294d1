import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { Calling } from '../access/calling.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import { OrganizationPath } from '../http/path.dto.js';
import type { Representation } from '../http/representation.js';
import { IDEMPOTENCY_KEY } from '../http/request-headers.js';
import { EnrolledMembersDto, EnrolMembersDto } from './enrolment.dto.js';
import { EnrolmentService } from './enrolment.service.js';

@ApiTags('Members')
@Controller('api/organizations/:id/members')
export class EnrolmentController {
  constructor(private readonly enrolment: EnrolmentService) {}

  @Post()
  @Operation({
    id: 'enrolMembers',
    summary: 'Add members with their roles',
    description:
      'Up to 100 users, each with its own result: one that fails does not hold up the others. Who is a member already gets the roles in addition. 201 when nobody failed, 200 otherwise. Naming roles needs `manage:roles` too.',
    access: needs('manage:members'),
    body: EnrolMembersDto,
    headers: [IDEMPOTENCY_KEY],
    answer: {
      status: 201,
      description: 'A result for each user, in the order of the request.',
      type: EnrolledMembersDto,
    },
    problems: ['not-found', 'conflict', 'unprocessable'],
  })
  enrol(
    @Param() { id }: OrganizationPath,
    @Body() { members }: EnrolMembersDto,
    @Calling() caller: Caller,
  ): Promise<Representation> {
    return this.enrolment.enrol(id, members, caller);
  }
}
