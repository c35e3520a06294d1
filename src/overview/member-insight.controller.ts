import { Controller, Get, Header, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { MemberPath, OrganizationPath } from '../http/input/path.dto.js';
import type { Representation } from '../http/answers/representation.js';
import { AGGREGATE_HEADER } from '../http/operation/response-headers.js';
import { MemberExportService } from './member-export.service.js';
import { MemberProfileDto } from './member-profile.dto.js';
import { MemberProfileService } from './member-profile.service.js';
import { PermissionMatrixDto } from './permission-matrix.dto.js';
import { PermissionMatrixService } from './permission-matrix.service.js';

@ApiTags('Overview')
@Controller('api/organizations/:id')
export class MemberInsightController {
  constructor(
    private readonly profiles: MemberProfileService,
    private readonly matrix: PermissionMatrixService,
    private readonly exports: MemberExportService,
  ) {}

  @Get('permissions')
  @Operation({
    id: 'getPermissionMatrix',
    summary: 'Get the permission matrix',
    description:
      'Roles with their scopes, and for each member the scopes of all its roles together. It is built from the same parts as the overview, without a call per member.',
    access: needs('read:members', 'read:roles'),
    answer: { status: 200, description: 'The matrix.', type: PermissionMatrixDto, headers: AGGREGATE_HEADER },
    problems: ['not-found'],
  })
  permissions(@Param() { id }: OrganizationPath): Promise<Representation> {
    return this.matrix.get(id);
  }

  // Before `:userId`, which would match this path, too.
  @Get('users/export')
  @Header('Cache-Control', 'no-store')
  @Operation({
    id: 'exportMembers',
    summary: 'Export all members',
    description:
      'One line of JSON per member, sorted by user id, streamed at the pace of the reader. The last line is `{"complete":true,"count":N}`; without it the export is incomplete.',
    access: needs('read:members'),
    produces: 'application/x-ndjson',
    answer: { status: 200, description: 'The members, one per line.' },
    problems: ['not-found'],
  })
  export(@Param() { id }: OrganizationPath, @CurrentCaller() caller: Caller): Promise<StreamableFile> {
    return this.exports.stream(id, caller);
  }

  @Get('users/:userId')
  @Operation({
    id: 'getMember',
    summary: 'Get a member with its roles and scopes',
    access: needs('read:members'),
    answer: { status: 200, description: 'The member.', type: MemberProfileDto },
    problems: ['not-found'],
  })
  member(@Param() { id, userId }: MemberPath, @CurrentCaller() caller: Caller): Promise<Representation> {
    return this.profiles.get(id, userId, caller);
  }
}
