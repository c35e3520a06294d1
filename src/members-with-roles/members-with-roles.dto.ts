import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, ValidateNested } from 'class-validator';
import { ProblemDto } from '../http/problems/problem.dto.js';
import { IfPresent, IsId, IsTextList } from '../http/input/validators.js';

const MAX_MEMBERS = 100;
const MAX_ROLES = 100;

@ApiSchema({ name: 'MemberWithRoles' })
export class MemberWithRolesDto {
  @ApiProperty({ description: 'Id of the user.', example: 'wanda0000000' })
  @IsId()
  userId: string;

  @ApiPropertyOptional({
    description: 'Ids of roles to assign.',
    type: [String],
    maxItems: MAX_ROLES,
    example: ['rolemember00000000000'],
  })
  @IfPresent()
  @IsTextList({ min: 0, max: MAX_ROLES })
  organizationRoleIds?: string[];

  @ApiPropertyOptional({
    description: 'Exact names of roles to assign.',
    type: [String],
    maxItems: MAX_ROLES,
    example: ['member'],
  })
  @IfPresent()
  @IsTextList({ min: 0, max: MAX_ROLES })
  organizationRoleNames?: string[];
}

@ApiSchema({ name: 'AddMembersWithRoles' })
export class AddMembersWithRolesDto {
  @ApiProperty({
    description: 'Users to add, each with the roles to assign.',
    type: [MemberWithRolesDto],
    minItems: 1,
    maxItems: MAX_MEMBERS,
  })
  @ValidateNested()
  @ArrayMaxSize(MAX_MEMBERS, { message: `must have at most ${MAX_MEMBERS} items` })
  @ArrayMinSize(1, { message: 'must have at least 1 item' })
  @IsArray({ message: 'must be a list' })
  @Type(() => MemberWithRolesDto)
  members: MemberWithRolesDto[];
}

export const RESULT_STATUSES = ['added', 'already-member', 'failed'] as const;

@ApiSchema({ name: 'MemberWithRolesResult' })
export class MemberWithRolesResultDto {
  @ApiProperty({ description: 'Id of the user.', example: 'wanda0000000' })
  userId: string;

  @ApiProperty({
    description: '`already-member`: the user was a member before, and has the requested roles in addition to its own.',
    enum: RESULT_STATUSES,
    example: 'added',
  })
  status: (typeof RESULT_STATUSES)[number];

  @ApiPropertyOptional({ description: 'Why it failed, and what was done before.', type: ProblemDto })
  problem?: ProblemDto;
}

@ApiSchema({ name: 'AddedMembersWithRoles' })
export class AddedMembersWithRolesDto {
  @ApiProperty({
    description: 'One result for each user, in the order of the request.',
    type: [MemberWithRolesResultDto],
  })
  results: MemberWithRolesResultDto[];
}
