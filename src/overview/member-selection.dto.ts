import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { HasLength, IfPresent } from '../http/validators.js';

export const SORTS = ['name', 'createdAt', 'lastSignInAt'] as const;
export type Sort = (typeof SORTS)[number];
export const ORDERS = ['asc', 'desc'] as const;
export type Order = (typeof ORDERS)[number];

/** Which members, and in which order; the same in the query of one overview and in the body for several. */
export class MemberSelectionDto {
  @ApiPropertyOptional({
    description: 'Only members with this role, by its id or its exact name. Counts of roles stay those of all members.',
    minLength: 1,
    maxLength: 128,
    example: 'owner',
  })
  @IfPresent()
  @HasLength(1, 128)
  role?: string;

  @ApiPropertyOptional({
    description:
      'Order of the members; without it, by id. Who has no such value comes last. Service tokens only, but for `name`.',
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
