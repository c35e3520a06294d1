import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import type { Representation } from '../http/answers/representation.js';
import { SearchDto } from '../http/input/search.dto.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueRoleDto } from './role.dto.js';
import { ScopeDto } from './scope.dto.js';

@ApiTags('Catalogue')
@Controller('api')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get('organization-roles')
  @Operation({
    id: 'listRoles',
    summary: 'List organization roles',
    description:
      'The roles of the tenant with their scopes, sorted by name, paged. They are the same in every organization.',
    access: needs('read:roles'),
    answer: { status: 200, description: 'A page of roles.', type: [CatalogueRoleDto], paged: true },
  })
  roles(@Query() query: SearchDto): Promise<Representation> {
    return this.catalogue.roles(query);
  }

  @Get('organization-scopes')
  @Operation({
    id: 'listScopes',
    summary: 'List organization scopes',
    description:
      'The scopes of the tenant, sorted by name. Without `page` and `page_size` all of them, without `Total-Number` and `Link`.',
    access: needs('read:roles'),
    answer: { status: 200, description: 'The scopes.', type: [ScopeDto], paged: true },
  })
  scopes(@Query() query: SearchDto): Promise<Representation> {
    return this.catalogue.scopes(query);
  }
}
