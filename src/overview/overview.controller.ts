import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { OrganizationPath } from '../http/input/path.dto.js';
import type { Representation } from '../http/answers/representation.js';
import { AGGREGATE_HEADER } from '../http/operation/response-headers.js';
import { OverviewDto } from './overview.dto.js';
import { OverviewQueryDto } from './overview-query.dto.js';
import { OverviewService } from './overview.service.js';

@ApiTags('Overview')
@Controller('api/organizations/:id/overview')
export class OverviewController {
  constructor(private readonly overviews: OverviewService) {}

  @Get()
  @Operation({
    id: 'getOverview',
    summary: 'Get an organization with all its members and their roles',
    description:
      'One call instead of one per member. A part that is not available is left out and named in `meta` (`complete: false`, `X-Aggregate-Complete: false`), unless `strict=true` asks for all or nothing. Members have their public profile; service tokens may select more fields with `memberFields`.',
    access: needs('read:organizations', 'read:members', 'read:roles'),
    answer: {
      status: 200,
      description: 'The organization and the included parts.',
      type: OverviewDto,
      headers: AGGREGATE_HEADER,
    },
    problems: ['not-found', 'unprocessable'],
  })
  get(
    @Param() { id }: OrganizationPath,
    @Query() query: OverviewQueryDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Representation> {
    return this.overviews.get(id, query, caller);
  }
}
