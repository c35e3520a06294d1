import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { HasLength, IfPresent } from '../http/input/validators.js';

export const SORTS = ['name', 'createdAt', 'lastSignInAt'] as const;
export type Sort = (typeof SORTS)[number];
export const ORDERS = ['asc', 'desc'] as const;
export type Order = (typeof ORDERS)[number];

/** Filter and order of members; shared by the query of one overview and the body for several. */
export class MemberSelectionDto {
  @ApiPropertyOptional({
    description:
      'Only members with this role, given by id or exact name. Member counts of roles still include all members.',
    minLength: 1,
    maxLength: 128,
    example: 'owner',
  })
  @IfPresent()
  @HasLength(1, 128)
  role?: string;

  @ApiPropertyOptional({
    description:
      'Sort field of the members; by id without it. Missing values come last. Organization tokens may only use `name`.',
    enum: SORTS,
    example: 'name',
  })
  @IfPresent()
  @IsIn(SORTS, { message: `must be one of ${SORTS.join(', ')}` })
  sort?: Sort;

  @ApiPropertyOptional({ description: 'Direction of `sort`.', enum: ORDERS, default: 'asc', example: 'asc' })
  @IfPresent()
  @IsIn(ORDERS, { message: 'must be asc or desc' })
  order?: Order;
}
