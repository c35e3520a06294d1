import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { USERS } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { OrganizationPath } from '../http/input/path.dto.js';
import type { Representation } from '../http/answers/representation.js';
import { MembershipDto, MyOrganizationDto } from './me.dto.js';
import { MeService } from './me.service.js';

@ApiTags('Me')
@Controller('api/me/organizations')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Get()
  @Operation({
    id: 'listMyOrganizations',
    summary: 'List my organizations',
    description:
      'All organizations of the user, with the user’s roles in each, for example for an organization switcher.',
    access: USERS,
    answer: { status: 200, description: 'The organizations.', type: [MyOrganizationDto] },
    problems: ['not-found'],
  })
  organizations(@CurrentCaller() { subject }: Caller): Promise<Representation> {
    return this.me.organizations(subject);
  }

  @Get(':id')
  @Operation({
    id: 'getMyMembership',
    summary: 'Get my membership in an organization',
    access: USERS,
    answer: {
      status: 200,
      description: 'The user’s roles in the organization, and their scopes.',
      type: MembershipDto,
    },
    problems: ['not-found'],
  })
  membership(@Param() { id }: OrganizationPath, @CurrentCaller() { subject }: Caller): Promise<Representation> {
    return this.me.membership(subject, id);
  }
}
