import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/input/named-ref.dto.js';
import { OrganizationDto } from '../organizations/organization.dto.js';

@ApiSchema({ name: 'MyOrganization' })
export class MyOrganizationDto extends OrganizationDto {
  @ApiProperty({ description: "The user's roles in the organization.", type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];
}

@ApiSchema({ name: 'Membership' })
export class MembershipDto {
  @ApiProperty({ description: 'Id of the organization.', example: 'fernweh00000' })
  id: string;

  @ApiProperty({ description: "The user's roles in the organization.", type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];

  @ApiProperty({ description: 'The organization scopes that these roles grant together.', type: [NamedRefDto] })
  scopes: NamedRefDto[];
}
