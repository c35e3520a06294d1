import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { needs, servicesWith } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { OrganizationPath } from '../http/input/path.dto.js';
import { IDEMPOTENCY_KEY, IF_MATCH } from '../http/operation/request-headers.js';
import { LOCATION_HEADER } from '../http/operation/response-headers.js';
import type { Representation } from '../http/answers/representation.js';
import { MergeOrganizationDto } from './merge-organization.dto.js';
import { ListOrganizationsDto } from './list-organizations.dto.js';
import {
  CreateOrganizationDto,
  ListedOrganizationDto,
  OrganizationDto,
  UpdateOrganizationDto,
} from './organization.dto.js';
import { OrganizationsService } from './organizations.service.js';

@ApiTags('Organizations')
@Controller('api/organizations')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  @Get()
  @Operation({
    id: 'listOrganizations',
    summary: 'List organizations',
    description:
      'The organizations of the tenant, paged; with `q`, those whose id or name contains it. Logto does not specify their order.',
    access: servicesWith('read:organizations'),
    answer: { status: 200, description: 'A page of organizations.', type: [ListedOrganizationDto], paged: true },
  })
  list(@Query() query: ListOrganizationsDto): Promise<Representation> {
    return this.organizations.list(query);
  }

  @Post()
  @Operation({
    id: 'createOrganization',
    summary: 'Create an organization',
    access: servicesWith('create:organizations'),
    body: CreateOrganizationDto,
    headers: [IDEMPOTENCY_KEY],
    answer: { status: 201, description: 'The new organization.', type: OrganizationDto, headers: LOCATION_HEADER },
    problems: ['conflict', 'unprocessable'],
  })
  create(@Body() organization: CreateOrganizationDto): Promise<Representation> {
    return this.organizations.create(organization);
  }

  @Get(':id')
  @Operation({
    id: 'getOrganization',
    summary: 'Get an organization',
    access: needs('read:organizations'),
    answer: { status: 200, description: 'The organization.', type: OrganizationDto },
    problems: ['not-found'],
  })
  find(@Param() { id }: OrganizationPath): Promise<Representation> {
    return this.organizations.find(id);
  }

  @Patch(':id')
  @Operation({
    id: 'updateOrganization',
    summary: 'Update an organization',
    description:
      'Absent fields do not change. With `application/json`, `customData`, `color` and `branding` are replaced as a whole, as at Logto; with `application/merge-patch+json` they are merged (RFC 7396). An empty object is 422, because there is nothing to change.\n\nWith `If-Match` nothing is changed unless the organization still has that ETag.',
    access: needs('update:organizations'),
    body: { 'application/json': UpdateOrganizationDto, 'application/merge-patch+json': MergeOrganizationDto },
    headers: IF_MATCH,
    answer: { status: 200, description: 'The updated organization.', type: OrganizationDto },
    problems: ['not-found', 'conflict', 'precondition-failed', 'unprocessable'],
  })
  update(
    @Param() { id }: OrganizationPath,
    @Body() changes: UpdateOrganizationDto,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Representation> {
    return this.organizations.update(id, changes, ifMatch);
  }

  @Delete(':id')
  @Operation({
    id: 'deleteOrganization',
    summary: 'Delete an organization',
    description:
      'Its memberships and role assignments are deleted too; the users are not. With `If-Match` nothing is deleted unless the organization still has that ETag.',
    headers: IF_MATCH,
    access: needs('delete:organizations'),
    answer: { status: 204, description: 'The organization is deleted.' },
    problems: ['not-found', 'conflict', 'precondition-failed'],
  })
  delete(@Param() { id }: OrganizationPath, @Headers('if-match') ifMatch?: string): Promise<void> {
    return this.organizations.delete(id, ifMatch);
  }
}
