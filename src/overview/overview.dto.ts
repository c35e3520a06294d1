import { ApiProperty, ApiPropertyOptional, ApiSchema, PartialType } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';
import { MemberDto } from '../members/member.dto.js';
import { OrganizationDto } from '../organizations/organization.dto.js';

@ApiSchema({
  name: 'OverviewMember',
  description: 'The fields `memberFields` asks for; the public profile when it asks for none.',
})
export class OverviewMemberDto extends PartialType(MemberDto) {}

@ApiSchema({ name: 'OverviewRole' })
export class OverviewRoleDto extends NamedRefDto {
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

  @ApiProperty({ description: 'Organization scopes it gives.', type: [NamedRefDto] })
  scopes: NamedRefDto[];

  @ApiProperty({
    description: 'How many members of this organization have it; null when not all of them could be read.',
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
      '`ok`; `stale`: older than usual, because Logto is being asked again or cannot be; `failed`: the part is missing; `truncated`: there are more members than an overview holds.',
    enum: SECTION_STATUSES,
    example: 'ok',
  })
  status: (typeof SECTION_STATUSES)[number];

  @ApiProperty({
    description: 'Whether it was remembered or asked for now.',
    enum: ['cache', 'upstream'],
    example: 'upstream',
  })
  source: 'cache' | 'upstream';

  @ApiProperty({
    description: 'Milliseconds since Logto said so; the oldest part counts.',
    type: 'integer',
    example: 0,
  })
  ageMs: number;

  @ApiPropertyOptional({ description: 'Why it is not `ok`; the codes of problems.', example: 'upstream.timeout' })
  code?: string;

  @ApiPropertyOptional({
    description: 'Where all of it can be read, when it is truncated.',
    example: '/api/organizations/fernweh00000/users/export',
  })
  link?: string;
}

@ApiSchema({ name: 'OverviewSections' })
export class OverviewSectionsDto {
  @ApiProperty({ description: 'How the organization was read.', type: OverviewSectionDto })
  organization: OverviewSectionDto;

  @ApiPropertyOptional({
    description: 'How the members were read; roles need them too, to be counted.',
    type: OverviewSectionDto,
  })
  members?: OverviewSectionDto;

  @ApiPropertyOptional({ description: 'How the roles were read.', type: OverviewSectionDto })
  roles?: OverviewSectionDto;
}

@ApiSchema({ name: 'OverviewMeta' })
export class OverviewMetaDto {
  @ApiProperty({ description: 'Everything that was asked for is here.', example: true })
  complete: boolean;

  @ApiProperty({ description: 'Nobody joined or left while the members were read.', example: true })
  consistent: boolean;

  @ApiProperty({
    description: 'How many members there are, whatever `memberLimit` says; null when they could not be read.',
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
      'All members by user id, each with its roles. Absent when not included, or when they could not be read.',
    type: [OverviewMemberDto],
  })
  members?: OverviewMemberDto[];

  @ApiPropertyOptional({
    description: 'All roles of the tenant by name. Absent when not included, or when they could not be read.',
    type: [OverviewRoleDto],
  })
  roles?: OverviewRoleDto[];

  @ApiProperty({ description: 'How far the answer can be trusted.', type: OverviewMetaDto })
  meta: OverviewMetaDto;
}
