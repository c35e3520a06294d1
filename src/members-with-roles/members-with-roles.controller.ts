import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { OrganizationPath } from '../http/input/path.dto.js';
import type { Representation } from '../http/answers/representation.js';
import { IDEMPOTENCY_KEY } from '../http/operation/request-headers.js';
import { AddedMembersWithRolesDto, AddMembersWithRolesDto } from './members-with-roles.dto.js';
import { MembersWithRolesService } from './members-with-roles.service.js';

@ApiTags('Members')
@Controller('api/organizations/:id/members')
export class MembersWithRolesController {
  constructor(private readonly members: MembersWithRolesService) {}

  @Post()
  @Operation({
    id: 'enrolMembers',
    summary: 'Add members with their roles',
    description:
      'Up to 100 users, each with its own result, so that a failure does not affect the others. Users who are members already get the roles in addition to theirs. 201 if none failed, otherwise 200. Assigning roles also needs `manage:roles`.',
    access: needs('manage:members'),
    body: AddMembersWithRolesDto,
    headers: [IDEMPOTENCY_KEY],
    answer: {
      status: 201,
      description: 'A result for each user, in the order of the request.',
      type: AddedMembersWithRolesDto,
    },
    problems: ['not-found', 'conflict', 'unprocessable'],
  })
  add(
    @Param() { id }: OrganizationPath,
    @Body() { members }: AddMembersWithRolesDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Representation> {
    return this.members.add(id, members, caller);
  }
}
