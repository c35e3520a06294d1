import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { IfPresent } from './validators.js';

/** Whole decimal numbers only; Logto would accept 0x2, 1e1 and 1.5 as pages. Anything else stays a string and is refused. */
const toWholeNumber = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;

/** An optional whole decimal number in a query, within bounds. */
export const WholeNumber = (min: number, max: number): PropertyDecorator =>
  applyDecorators(
    IfPresent(),
    Transform(toWholeNumber),
    IsInt({ message: `must be a whole decimal number from ${min} to ${max}` }),
    Min(min, { message: `must be at least ${min}` }),
    Max(max, { message: `must be at most ${max}` }),
  );

const MAX_PAGE = 2 ** 31 - 1;
const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** `page` and `page_size`, named as at Logto. */
export class PagingDto {
  @ApiPropertyOptional({
    description: 'Page number, starting at 1.',
    type: 'integer',
    minimum: 1,
    default: 1,
    example: 1,
  })
  @WholeNumber(1, MAX_PAGE)
  page?: number;

  @ApiPropertyOptional({
    name: 'page_size',
    description: 'Number of items per page.',
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
    example: 20,
  })
  @WholeNumber(1, MAX_PAGE_SIZE)
  page_size?: number;
}

export interface Paging {
  readonly page: number;
  readonly pageSize: number;
}

/** The requested page, with defaults. */
export const pagingOf = ({ page = 1, page_size = DEFAULT_PAGE_SIZE }: PagingDto): Paging => ({
  page,
  pageSize: page_size,
});

/** The requested page; undefined without both parameters, for lists that are not paged then. */
export const optionalPagingOf = (dto: PagingDto): Paging | undefined =>
  dto.page === undefined && dto.page_size === undefined ? undefined : pagingOf(dto);

/** Logto's query parameters for a page; none for a whole list. */
export const pagingQuery = (paging: Paging | undefined): { page?: number; page_size?: number } =>
  paging ? { page: paging.page, page_size: paging.pageSize } : {};
