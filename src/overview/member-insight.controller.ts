import { Controller, Get, Header, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { Calling } from '../access/calling.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import { MemberPath, OrganizationPath } from '../http/path.dto.js';
import type { Representation } from '../http/representation.js';
import { AGGREGATE_HEADER } from '../http/response-headers.js';
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
    summary: 'Get who may do what',
    description:
      'Roles with their scopes, and for each member the scopes of all its roles together. Made of the same parts as the overview, without a call per member.',
    access: needs('read:members', 'read:roles'),
    answer: { status: 200, description: 'The matrix.', type: PermissionMatrixDto, headers: AGGREGATE_HEADER },
    problems: ['not-found'],
  })
  permissions(@Param() { id }: OrganizationPath): Promise<Representation> {
    return this.matrix.get(id);
  }

  // Before `:userId`, which would take the word for an id.
  @Get('users/export')
  @Header('Cache-Control', 'no-store')
  @Operation({
    id: 'exportMembers',
    summary: 'Export all members',
    description:
      'One line of JSON per member, by user id, streamed at the pace of the reader. The last line is `{"complete":true,"count":N}`: without it the export was cut.',
    access: needs('read:members'),
    produces: 'application/x-ndjson',
    answer: { status: 200, description: 'The members, a line each.' },
    problems: ['not-found'],
  })
  export(@Param() { id }: OrganizationPath, @Calling() caller: Caller): Promise<StreamableFile> {
    return this.exports.stream(id, caller);
  }

  @Get('users/:userId')
  @Operation({
    id: 'getMember',
    summary: 'Get one member with its roles and scopes',
    access: needs('read:members'),
    answer: { status: 200, description: 'The member.', type: MemberProfileDto },
    problems: ['not-found'],
  })
  member(@Param() { id, userId }: MemberPath, @Calling() caller: Caller): Promise<Representation> {
    return this.profiles.get(id, userId, caller);
  }
}
