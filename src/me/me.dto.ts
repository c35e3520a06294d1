import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';
import { OrganizationDto } from '../organizations/organization.dto.js';

@ApiSchema({ name: 'MyOrganization' })
export class MyOrganizationDto extends OrganizationDto {
  @ApiProperty({ description: 'Your roles there.', type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];
}

@ApiSchema({ name: 'Membership' })
export class MembershipDto {
  @ApiProperty({ description: 'Id of the organization.', example: 'fernweh00000' })
  id: string;

  @ApiProperty({ description: 'Your roles there.', type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];

  @ApiProperty({ description: 'The organization scopes these roles give together.', type: [NamedRefDto] })
  scopes: NamedRefDto[];
}
