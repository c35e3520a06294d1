import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';

@ApiSchema({ name: 'Role' })
export class RoleDto {
  @ApiProperty({ description: 'Tenant of Logto it belongs to.', example: 'default' })
  tenantId: string;

  @ApiProperty({ description: 'Id, given by Logto.', example: 'rolemember00000000000' })
  id: string;

  @ApiProperty({ description: 'Name, unique in the tenant.', example: 'member' })
  name: string;

  @ApiProperty({
    description: 'What it is for, or null.',
    type: 'string',
    nullable: true,
    example: 'Sees the organization and who is in it',
  })
  description: string | null;

  @ApiProperty({
    description: 'Whether users or machines can have it.',
    enum: ['User', 'MachineToMachine'],
    example: 'User',
  })
  type: 'User' | 'MachineToMachine';
}

@ApiSchema({ name: 'ResourceScope', description: 'A scope of an API resource.' })
export class ResourceScopeDto extends NamedRefDto {
  @ApiProperty({ description: 'The API resource it belongs to.', type: NamedRefDto })
  resource: NamedRefDto;
}

@ApiSchema({ name: 'CatalogueRole' })
export class CatalogueRoleDto extends RoleDto {
  @ApiProperty({ description: 'Organization scopes it gives.', type: [NamedRefDto] })
  scopes: NamedRefDto[];

  @ApiProperty({ description: 'Scopes of API resources it gives.', type: [ResourceScopeDto] })
  resourceScopes: ResourceScopeDto[];
}
