import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../access/caller.js';
import { Calling } from '../access/calling.decorator.js';
import { USERS } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import { OrganizationPath } from '../http/path.dto.js';
import type { Representation } from '../http/representation.js';
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
      'Every organization the user belongs to, with the user’s roles there; what an organization switcher shows.',
    access: USERS,
    answer: { status: 200, description: 'The organizations.', type: [MyOrganizationDto] },
    problems: ['not-found'],
  })
  organizations(@Calling() { subject }: Caller): Promise<Representation> {
    return this.me.organizations(subject);
  }

  @Get(':id')
  @Operation({
    id: 'getMyMembership',
    summary: 'Get my membership in an organization',
    access: USERS,
    answer: { status: 200, description: 'The user’s roles there, and the scopes they give.', type: MembershipDto },
    problems: ['not-found'],
  })
  membership(@Param() { id }: OrganizationPath, @Calling() { subject }: Caller): Promise<Representation> {
    return this.me.membership(subject, id);
  }
}
