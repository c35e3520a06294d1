import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';
import { PublicMemberDto } from '../members/member.dto.js';
import { OverviewMetaDto } from './overview.dto.js';

@ApiSchema({ name: 'MatrixRole' })
export class MatrixRoleDto extends NamedRefDto {
  @ApiProperty({ description: 'Organization scopes it gives.', type: [NamedRefDto] })
  scopes: NamedRefDto[];
}

@ApiSchema({ name: 'MatrixMember' })
export class MatrixMemberDto extends PublicMemberDto {
  @ApiPropertyOptional({
    description:
      'Organization scopes all roles of the member give together, by name. Absent when the roles could not be read.',
    type: [NamedRefDto],
  })
  scopes?: NamedRefDto[];
}

@ApiSchema({ name: 'PermissionMatrix' })
export class PermissionMatrixDto {
  @ApiPropertyOptional({
    description: 'All roles of the tenant with what they give. Absent when they could not be read.',
    type: [MatrixRoleDto],
  })
  roles?: MatrixRoleDto[];

  @ApiPropertyOptional({
    description: 'All members with what they may do. Absent when they could not be read.',
    type: [MatrixMemberDto],
  })
  members?: MatrixMemberDto[];

  @ApiProperty({ description: 'How far the answer can be trusted.', type: OverviewMetaDto })
  meta: OverviewMetaDto;
}
