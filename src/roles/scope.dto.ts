import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Scope' })
export class ScopeDto {
  @ApiProperty({ description: 'Tenant of Logto it belongs to.', example: 'default' })
  tenantId: string;

  @ApiProperty({ description: 'Id, given by Logto.', example: 'orgreadmembers0000000' })
  id: string;

  @ApiProperty({ description: 'Name, unique in the tenant.', example: 'read:members' })
  name: string;

  @ApiProperty({ description: 'What it allows, or null.', type: 'string', nullable: true, example: null })
  description: string | null;
}
