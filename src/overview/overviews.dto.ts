import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { ProblemDto } from '../http/problem.dto.js';
import { IfPresent, IsIdList } from '../http/validators.js';
import { MemberSelectionDto } from './member-selection.dto.js';
import { OverviewDto } from './overview.dto.js';
import { IsListOf, MEMBER_FIELDS, type MemberField, type Part, PARTS } from './overview-query.dto.js';

const MOST_IDS = 50;

@ApiSchema({ name: 'OverviewsRequest' })
export class OverviewsRequestDto extends MemberSelectionDto {
  @ApiProperty({
    description: 'Ids of organizations.',
    type: [String],
    minItems: 1,
    maxItems: MOST_IDS,
    example: ['fernweh00000', 'studio000000'],
  })
  @IsIdList({ min: 1, max: MOST_IDS })
  ids: string[];

  @ApiPropertyOptional({
    description: 'Parts wanted beside the organization; both unless said otherwise.',
    enum: PARTS,
    isArray: true,
    example: ['members'],
  })
  @IfPresent()
  @IsListOf(PARTS)
  include?: Part[];

  @ApiPropertyOptional({
    description: 'Fields of each member; the public profile unless said otherwise.',
    enum: MEMBER_FIELDS,
    isArray: true,
    example: ['id', 'name'],
  })
  @IfPresent()
  @IsListOf(MEMBER_FIELDS)
  memberFields?: MemberField[];

  @ApiPropertyOptional({ description: 'At most so many members of each.', type: 'integer', minimum: 1, example: 10 })
  @IfPresent()
  @Max(1_000_000, { message: 'must be at most 1000000' })
  @Min(1, { message: 'must be at least 1' })
  @IsInt({ message: 'must be a whole number' })
  memberLimit?: number;

  @ApiPropertyOptional({
    description: 'A part that cannot be had makes that overview a problem.',
    default: false,
    example: false,
  })
  @IfPresent()
  @IsBoolean({ message: 'must be true or false' })
  strict?: boolean;
}

@ApiSchema({ name: 'OverviewResult' })
export class OverviewResultDto {
  @ApiProperty({ description: 'The id asked for.', example: 'fernweh00000' })
  id: string;

  @ApiProperty({
    description: 'What `GET /api/organizations/{id}/overview` would have answered with.',
    type: 'integer',
    example: 200,
  })
  status: number;

  @ApiPropertyOptional({ description: 'The overview, for 200.', type: OverviewDto })
  overview?: OverviewDto;

  @ApiPropertyOptional({ description: 'The problem, for anything else.', type: ProblemDto })
  problem?: ProblemDto;
}

@ApiSchema({ name: 'Overviews' })
export class OverviewsDto {
  @ApiProperty({ description: 'One for each id, in the order of `ids`.', type: [OverviewResultDto] })
  results: OverviewResultDto[];
}
