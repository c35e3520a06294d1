import { ApiProperty, ApiPropertyOptional, ApiSchema, PartialType } from '@nestjs/swagger';
import { NamedRefDto } from '../http/input/named-ref.dto.js';
import { MemberDto } from '../members/member.dto.js';
import { OrganizationDto } from '../organizations/organization.dto.js';

@ApiSchema({
  name: 'OverviewMember',
  description: 'The fields selected with `memberFields`; by default the public profile.',
})
export class OverviewMemberDto extends PartialType(MemberDto) {}

@ApiSchema({ name: 'OverviewRole' })
export class OverviewRoleDto extends NamedRefDto {
  @ApiProperty({
    description: 'Description, or null.',
    type: 'string',
    nullable: true,
    example: 'Sees the organization and who is in it',
  })
  description: string | null;

  @ApiProperty({
    description: 'Whether it can be assigned to users or to machines.',
    enum: ['User', 'MachineToMachine'],
    example: 'User',
  })
  type: 'User' | 'MachineToMachine';

  @ApiProperty({ description: 'Organization scopes it grants.', type: [NamedRefDto] })
  scopes: NamedRefDto[];

  @ApiProperty({
    description: 'Number of members of this organization with this role; null if not all members could be read.',
    type: 'integer',
    nullable: true,
    example: 187,
  })
  memberCount: number | null;
}

export const SECTION_STATUSES = ['ok', 'stale', 'failed', 'truncated'] as const;

@ApiSchema({ name: 'OverviewSection' })
export class OverviewSectionDto {
  @ApiProperty({
    description:
      '`ok`; `stale`: older than usual, because it is being revalidated or Logto fails; `failed`: the part is missing; `truncated`: there are more members than an overview can contain.',
    enum: SECTION_STATUSES,
    example: 'ok',
  })
  status: (typeof SECTION_STATUSES)[number];

  @ApiProperty({
    description: 'Whether it came from the cache or from Logto.',
    enum: ['cache', 'upstream'],
    example: 'upstream',
  })
  source: 'cache' | 'upstream';

  @ApiProperty({
    description: "Milliseconds since Logto's response; for several responses, the age of the oldest.",
    type: 'integer',
    example: 0,
  })
  ageMs: number;

  @ApiPropertyOptional({ description: 'The code of the problem, if it is not `ok`.', example: 'upstream.timeout' })
  code?: string;

  @ApiPropertyOptional({
    description: 'Path of the complete list, if it is truncated.',
    example: '/api/organizations/fernweh00000/users/export',
  })
  link?: string;
}

@ApiSchema({ name: 'OverviewSections' })
export class OverviewSectionsDto {
  @ApiProperty({ description: 'How the organization was read.', type: OverviewSectionDto })
  organization: OverviewSectionDto;

  @ApiPropertyOptional({
    description: 'How the members were read. The member counts of roles need them, too.',
    type: OverviewSectionDto,
  })
  members?: OverviewSectionDto;

  @ApiPropertyOptional({ description: 'How the roles were read.', type: OverviewSectionDto })
  roles?: OverviewSectionDto;
}

@ApiSchema({ name: 'OverviewMeta' })
export class OverviewMetaDto {
  @ApiProperty({ description: 'Whether all included parts are present.', example: true })
  complete: boolean;

  @ApiProperty({ description: 'False if members joined or left while they were read.', example: true })
  consistent: boolean;

  @ApiProperty({
    description: 'Number of all members, regardless of `memberLimit`; null if they could not be read.',
    type: 'integer',
    nullable: true,
    example: 250,
  })
  memberTotal: number | null;

  @ApiProperty({ description: 'How each part was read.', type: OverviewSectionsDto })
  sections: OverviewSectionsDto;
}

@ApiSchema({ name: 'Overview' })
export class OverviewDto {
  @ApiProperty({ description: 'The organization.', type: OrganizationDto })
  organization: OrganizationDto;

  @ApiPropertyOptional({
    description:
      'All members with their roles, sorted by user id. Absent if not included, or if they could not be read.',
    type: [OverviewMemberDto],
  })
  members?: OverviewMemberDto[];

  @ApiPropertyOptional({
    description: 'All roles of the tenant, sorted by name. Absent if not included, or if they could not be read.',
    type: [OverviewRoleDto],
  })
  roles?: OverviewRoleDto[];

  @ApiProperty({ description: 'Completeness, consistency and age of the overview.', type: OverviewMetaDto })
  meta: OverviewMetaDto;
}
