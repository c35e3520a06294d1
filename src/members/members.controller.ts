import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { Calling } from '../access/calling.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import { MemberPath, OrganizationPath } from '../http/path.dto.js';
import { IDEMPOTENCY_KEY } from '../http/request-headers.js';
import type { Representation } from '../http/representation.js';
import { MemberDto } from './member.dto.js';
import { AddedMembersDto, AddMembersDto, ListMembersDto, ReplaceMembersDto } from './members.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('Members')
@Controller('api/organizations/:id/users')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Operation({
    id: 'listMembers',
    summary: 'List members with their roles',
    description:
      'Page by page, ordered by user id; each member comes with its roles in this organization. `q` looks into id, name, user name, e-mail address and phone number.',
    access: needs('read:members'),
    answer: { status: 200, description: 'A page of members.', type: [MemberDto], paged: true },
    problems: ['not-found'],
  })
  list(
    @Param() { id }: OrganizationPath,
    @Query() query: ListMembersDto,
    @Calling() caller: Caller,
  ): Promise<Representation> {
    return this.members.list(id, query, caller);
  }

  @Post()
  @Operation({
    id: 'addMembers',
    summary: 'Add members',
    description: 'All or nobody: one unknown id and nothing changes. Adding who is a member already changes nothing.',
    access: needs('manage:members'),
    body: AddMembersDto,
    headers: [IDEMPOTENCY_KEY],
    answer: { status: 201, description: 'All of them are members.', type: AddedMembersDto },
    problems: ['conflict', 'unprocessable'],
  })
  add(@Param() { id }: OrganizationPath, @Body() members: AddMembersDto): Promise<Representation> {
    return this.members.add(id, members);
  }

  @Put()
  @Operation({
    id: 'replaceMembers',
    summary: 'Replace all members',
    description: 'Who is not named is no member any more; who stays keeps its roles. All or nothing.',
    access: needs('manage:members'),
    body: ReplaceMembersDto,
    answer: { status: 204, description: 'The members are those named.' },
    problems: ['not-found', 'unprocessable'],
  })
  replace(@Param() { id }: OrganizationPath, @Body() members: ReplaceMembersDto): Promise<void> {
    return this.members.replace(id, members);
  }

  @Delete(':userId')
  @Operation({
    id: 'removeMember',
    summary: 'Remove a member',
    access: needs('manage:members'),
    answer: { status: 204, description: 'The user is no member any more; its roles here are gone.' },
    problems: ['not-found'],
  })
  remove(@Param() { id, userId }: MemberPath): Promise<void> {
    return this.members.remove(id, userId);
  }
}
