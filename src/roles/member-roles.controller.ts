import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { PagingDto } from '../http/input/paging.dto.js';
import { MemberPath, MemberRolePath, OrganizationPath } from '../http/input/path.dto.js';
import { IDEMPOTENCY_KEY } from '../http/operation/request-headers.js';
import type { Representation } from '../http/answers/representation.js';
import { AddedRolesDto, AddRolesDto, AssignRolesToMembersDto, ReplaceRolesDto } from './assign-roles.dto.js';
import { MemberRolesService } from './member-roles.service.js';
import { RoleDto } from './role.dto.js';
import { ScopeDto } from './scope.dto.js';

@ApiTags('Roles')
@Controller('api/organizations/:id/users')
export class MemberRolesController {
  constructor(private readonly roles: MemberRolesService) {}

  @Get(':userId/roles')
  @Operation({
    id: 'listMemberRoles',
    summary: "List a member's roles",
    description:
      'Without `page` and `page_size` all of them, without `Total-Number` and `Link`. 422 if the user is not a member.',
    access: needs('read:members'),
    answer: { status: 200, description: 'The roles.', type: [RoleDto], paged: true },
    problems: ['unprocessable'],
  })
  list(@Param() { id, userId }: MemberPath, @Query() paging: PagingDto): Promise<Representation> {
    return this.roles.list(id, userId, paging);
  }

  @Post(':userId/roles')
  @Operation({
    id: 'addMemberRoles',
    summary: 'Assign roles to a member',
    access: needs('manage:roles'),
    body: AddRolesDto,
    headers: [IDEMPOTENCY_KEY],
    answer: { status: 201, description: 'The member has these roles.', type: AddedRolesDto },
    problems: ['conflict', 'unprocessable'],
  })
  add(@Param() { id, userId }: MemberPath, @Body() roles: AddRolesDto): Promise<Representation> {
    return this.roles.add(id, userId, roles);
  }

  @Put(':userId/roles')
  @Operation({
    id: 'replaceMemberRoles',
    summary: "Replace a member's roles",
    description:
      'At least one of the two lists is required: an empty or misspelt body is refused, while Logto would remove all roles.',
    access: needs('manage:roles'),
    body: ReplaceRolesDto,
    answer: { status: 204, description: 'The member has exactly these roles.' },
    problems: ['unprocessable'],
  })
  replace(@Param() { id, userId }: MemberPath, @Body() roles: ReplaceRolesDto): Promise<void> {
    return this.roles.replace(id, userId, roles);
  }

  @Delete(':userId/roles/:roleId')
  @Operation({
    id: 'removeMemberRole',
    summary: 'Remove a role from a member',
    access: needs('manage:roles'),
    answer: { status: 204, description: 'The member does not have the role any more.' },
    problems: ['not-found', 'unprocessable'],
  })
  remove(@Param() { id, userId, roleId }: MemberRolePath): Promise<void> {
    return this.roles.remove(id, userId, roleId);
  }

  @Post('roles')
  @Operation({
    id: 'assignRolesToMembers',
    summary: 'Assign roles to several members',
    description: 'All or nothing. The response has no body.',
    access: needs('manage:roles'),
    body: AssignRolesToMembersDto,
    headers: [IDEMPOTENCY_KEY],
    answer: { status: 201, description: 'Each of the members has each of the roles.' },
    problems: ['conflict', 'unprocessable'],
  })
  assign(@Param() { id }: OrganizationPath, @Body() assignment: AssignRolesToMembersDto): Promise<void> {
    return this.roles.assign(id, assignment);
  }

  @Get(':userId/scopes')
  @Operation({
    id: 'listMemberScopes',
    summary: "List a member's effective scopes",
    description: "The organization scopes of all the member's roles. Empty if the user is not a member.",
    access: needs('read:members'),
    answer: { status: 200, description: 'The scopes.', type: [ScopeDto] },
  })
  scopes(@Param() { id, userId }: MemberPath): Promise<Representation> {
    return this.roles.scopes(id, userId);
  }
}
