import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { IfPresent } from './validators.js';

/** Whole decimal numbers only: Logto's own reading takes 0x2, 1e1 and 1.5 for pages. Anything else stays what it is and is refused. */
const toWholeNumber = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;

/** A whole decimal number in a query, between bounds; absent is fine. */
export const WholeNumber = (min: number, max: number): PropertyDecorator =>
  applyDecorators(
    IfPresent(),
    Transform(toWholeNumber),
    IsInt({ message: `must be a whole decimal number from ${min} to ${max}` }),
    Min(min, { message: `must be at least ${min}` }),
    Max(max, { message: `must be at most ${max}` }),
  );

const LAST_PAGE = 2 ** 31 - 1;
const DEFAULT_PAGE_SIZE = 20;
const LARGEST_PAGE_SIZE = 100;

/** `page` and `page_size`, as Logto names them. */
export class PagingDto {
  @ApiPropertyOptional({ description: 'Page, counted from 1.', type: 'integer', minimum: 1, default: 1, example: 1 })
  @WholeNumber(1, LAST_PAGE)
  page?: number;

  @ApiPropertyOptional({
    name: 'page_size',
    description: 'Entries on a page.',
    type: 'integer',
    minimum: 1,
    maximum: LARGEST_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
    example: 20,
  })
  @WholeNumber(1, LARGEST_PAGE_SIZE)
  page_size?: number;
}

export interface Paging {
  readonly page: number;
  readonly pageSize: number;
}

/** The page asked for, with defaults. */
export const pagingOf = ({ page = 1, page_size = DEFAULT_PAGE_SIZE }: PagingDto): Paging => ({
  page,
  pageSize: page_size,
});

/** The page asked for; undefined when neither parameter is given, for lists that are then given whole. */
export const optionalPagingOf = (dto: PagingDto): Paging | undefined =>
  dto.page === undefined && dto.page_size === undefined ? undefined : pagingOf(dto);

/** As Logto's parameters; none for a list that is wanted whole. */
export const pagingQuery = (paging: Paging | undefined): { page?: number; page_size?: number } =>
  paging ? { page: paging.page, page_size: paging.pageSize } : {};
