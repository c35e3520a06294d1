import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { MemberPath, OrganizationPath } from '../http/input/path.dto.js';
import { IDEMPOTENCY_KEY } from '../http/operation/request-headers.js';
import type { Representation } from '../http/answers/representation.js';
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
      'Paged, sorted by user id; each member has its roles in this organization. `q` searches id, name, user name, e-mail address and phone number.',
    access: needs('read:members'),
    answer: { status: 200, description: 'A page of members.', type: [MemberDto], paged: true },
    problems: ['not-found'],
  })
  list(
    @Param() { id }: OrganizationPath,
    @Query() query: ListMembersDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Representation> {
    return this.members.list(id, query, caller);
  }

  @Post()
  @Operation({
    id: 'addMembers',
    summary: 'Add members',
    description: 'All or nothing: with one unknown id nothing changes. Users who are members already do not change.',
    access: needs('manage:members'),
    body: AddMembersDto,
    headers: [IDEMPOTENCY_KEY],
    answer: { status: 201, description: 'All users are members.', type: AddedMembersDto },
    problems: ['conflict', 'unprocessable'],
  })
  add(@Param() { id }: OrganizationPath, @Body() members: AddMembersDto): Promise<Representation> {
    return this.members.add(id, members);
  }

  @Put()
  @Operation({
    id: 'replaceMembers',
    summary: 'Replace all members',
    description: 'Members who are not listed are removed; the others keep their roles. All or nothing.',
    access: needs('manage:members'),
    body: ReplaceMembersDto,
    answer: { status: 204, description: 'The members are exactly those listed.' },
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
    answer: { status: 204, description: 'The user is not a member any more and has lost its roles here.' },
    problems: ['not-found'],
  })
  remove(@Param() { id, userId }: MemberPath): Promise<void> {
    return this.members.remove(id, userId);
  }
}
