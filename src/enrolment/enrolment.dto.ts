import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, ValidateNested } from 'class-validator';
import { ProblemDto } from '../http/problem.dto.js';
import { IfPresent, IsId, IsTextList } from '../http/validators.js';

const MOST_MEMBERS = 100;
const MOST_ROLES = 100;

@ApiSchema({ name: 'Enrolment' })
export class EnrolmentDto {
  @ApiProperty({ description: 'Id of the user.', example: 'wanda0000000' })
  @IsId()
  userId: string;

  @ApiPropertyOptional({
    description: 'Ids of roles to give.',
    type: [String],
    maxItems: MOST_ROLES,
    example: ['rolemember00000000000'],
  })
  @IfPresent()
  @IsTextList({ min: 0, max: MOST_ROLES })
  organizationRoleIds?: string[];

  @ApiPropertyOptional({
    description: 'Names of roles to give, exactly as they are spelt.',
    type: [String],
    maxItems: MOST_ROLES,
    example: ['member'],
  })
  @IfPresent()
  @IsTextList({ min: 0, max: MOST_ROLES })
  organizationRoleNames?: string[];
}

@ApiSchema({ name: 'EnrolMembers' })
export class EnrolMembersDto {
  @ApiProperty({
    description: 'Users to add, each with the roles to give.',
    type: [EnrolmentDto],
    minItems: 1,
    maxItems: MOST_MEMBERS,
  })
  @ValidateNested()
  @ArrayMaxSize(MOST_MEMBERS, { message: `must have at most ${MOST_MEMBERS} items` })
  @ArrayMinSize(1, { message: 'must have at least 1 item' })
  @IsArray({ message: 'must be a list' })
  @Type(() => EnrolmentDto)
  members: EnrolmentDto[];
}

export const ENROLMENT_STATUSES = ['added', 'already-member', 'failed'] as const;

@ApiSchema({ name: 'EnrolmentResult' })
export class EnrolmentResultDto {
  @ApiProperty({ description: 'Id of the user.', example: 'wanda0000000' })
  userId: string;

  @ApiProperty({
    description: '`already-member`: was one before, and has the roles named in addition to its own.',
    enum: ENROLMENT_STATUSES,
    example: 'added',
  })
  status: (typeof ENROLMENT_STATUSES)[number];

  @ApiPropertyOptional({ description: 'Why it failed, and how far it got.', type: ProblemDto })
  problem?: ProblemDto;
}

@ApiSchema({ name: 'EnrolledMembers' })
export class EnrolledMembersDto {
  @ApiProperty({ description: 'One for each user, in the order of the request.', type: [EnrolmentResultDto] })
  results: EnrolmentResultDto[];
}
