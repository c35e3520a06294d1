import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { needs } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import type { Representation } from '../http/representation.js';
import { SearchDto } from '../http/search.dto.js';
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
    summary: 'List the organization roles there are',
    description:
      'The roles of the tenant by name, each with the scopes it gives, page by page. They are the same in every organization.',
    access: needs('read:roles'),
    answer: { status: 200, description: 'A page of roles.', type: [CatalogueRoleDto], paged: true },
  })
  roles(@Query() query: SearchDto): Promise<Representation> {
    return this.catalogue.roles(query);
  }

  @Get('organization-scopes')
  @Operation({
    id: 'listScopes',
    summary: 'List the organization scopes there are',
    description:
      'The scopes of the tenant by name; all of them, without `Total-Number` and `Link`, when neither `page` nor `page_size` is given.',
    access: needs('read:roles'),
    answer: { status: 200, description: 'The scopes.', type: [ScopeDto], paged: true },
  })
  scopes(@Query() query: SearchDto): Promise<Representation> {
    return this.catalogue.scopes(query);
  }
}
