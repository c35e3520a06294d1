import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import type { Representation } from '../http/answers/representation.js';
import { OverviewsDto, OverviewsRequestDto } from './overviews.dto.js';
import { OverviewsService } from './overviews.service.js';

@ApiTags('Overview')
@Controller('api/organizations/overviews')
export class OverviewsController {
  constructor(private readonly overviews: OverviewsService) {}

  @Post()
  @Operation({
    id: 'getOverviews',
    summary: 'Get overviews of several organizations',
    description:
      'Up to 50 overviews, each with its own status, so that one bad id does not affect the others. An organization token can only read its own organization.',
    access: needs('read:organizations', 'read:members', 'read:roles'),
    safe: true,
    body: OverviewsRequestDto,
    answer: { status: 200, description: 'A result for each id, in the order of the request.', type: OverviewsDto },
  })
  get(@Body() request: OverviewsRequestDto, @CurrentCaller() caller: Caller): Promise<Representation> {
    return this.overviews.get(request, caller);
  }
}
