import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/input/named-ref.dto.js';
import { PublicMemberDto } from '../members/member.dto.js';
import { OverviewMetaDto } from './overview.dto.js';

@ApiSchema({ name: 'MatrixRole' })
export class MatrixRoleDto extends NamedRefDto {
  @ApiProperty({ description: 'Organization scopes it grants.', type: [NamedRefDto] })
  scopes: NamedRefDto[];
}

@ApiSchema({ name: 'MatrixMember' })
export class MatrixMemberDto extends PublicMemberDto {
  @ApiPropertyOptional({
    description:
      'Organization scopes of all the member’s roles, sorted by name. Absent if the roles could not be read.',
    type: [NamedRefDto],
  })
  scopes?: NamedRefDto[];
}

@ApiSchema({ name: 'PermissionMatrix' })
export class PermissionMatrixDto {
  @ApiPropertyOptional({
    description: 'All roles of the tenant with their scopes. Absent if they could not be read.',
    type: [MatrixRoleDto],
  })
  roles?: MatrixRoleDto[];

  @ApiPropertyOptional({
    description: 'All members with their scopes. Absent if they could not be read.',
    type: [MatrixMemberDto],
  })
  members?: MatrixMemberDto[];

  @ApiProperty({ description: 'Completeness, consistency and age of the matrix.', type: OverviewMetaDto })
  meta: OverviewMetaDto;
}
