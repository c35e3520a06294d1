import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { ProblemDto } from '../http/problems/problem.dto.js';
import { IfPresent, IsIdList } from '../http/input/validators.js';
import { MemberSelectionDto } from './member-selection.dto.js';
import { OverviewDto } from './overview.dto.js';
import { IsListOf, MEMBER_FIELDS, type MemberField, type PartName, PARTS } from './overview-query.dto.js';

const MAX_IDS = 50;

@ApiSchema({ name: 'OverviewsRequest' })
export class OverviewsRequestDto extends MemberSelectionDto {
  @ApiProperty({
    description: 'Ids of organizations.',
    type: [String],
    minItems: 1,
    maxItems: MAX_IDS,
    example: ['fernweh00000', 'studio000000'],
  })
  @IsIdList({ min: 1, max: MAX_IDS })
  ids: string[];

  @ApiPropertyOptional({
    description: 'Parts to include besides the organization; both by default.',
    enum: PARTS,
    isArray: true,
    example: ['members'],
  })
  @IfPresent()
  @IsListOf(PARTS)
  include?: PartName[];

  @ApiPropertyOptional({
    description: 'Fields of each member; the public profile by default.',
    enum: MEMBER_FIELDS,
    isArray: true,
    example: ['id', 'name'],
  })
  @IfPresent()
  @IsListOf(MEMBER_FIELDS)
  memberFields?: MemberField[];

  @ApiPropertyOptional({
    description: 'Maximum number of members of each organization.',
    type: 'integer',
    minimum: 1,
    example: 10,
  })
  @IfPresent()
  @Max(1_000_000, { message: 'must be at most 1000000' })
  @Min(1, { message: 'must be at least 1' })
  @IsInt({ message: 'must be a whole number' })
  memberLimit?: number;

  @ApiPropertyOptional({
    description: 'Whether a missing part turns the whole overview into a problem.',
    default: false,
    example: false,
  })
  @IfPresent()
  @IsBoolean({ message: 'must be true or false' })
  strict?: boolean;
}

@ApiSchema({ name: 'OverviewResult' })
export class OverviewResultDto {
  @ApiProperty({ description: 'The requested id.', example: 'fernweh00000' })
  id: string;

  @ApiProperty({
    description: 'The status that `GET /api/organizations/{id}/overview` would have.',
    type: 'integer',
    example: 200,
  })
  status: number;

  @ApiPropertyOptional({ description: 'The overview, if the status is 200.', type: OverviewDto })
  overview?: OverviewDto;

  @ApiPropertyOptional({ description: 'The problem, for any other status.', type: ProblemDto })
  problem?: ProblemDto;
}

@ApiSchema({ name: 'Overviews' })
export class OverviewsDto {
  @ApiProperty({ description: 'One result for each id, in the order of `ids`.', type: [OverviewResultDto] })
  results: OverviewResultDto[];
}
