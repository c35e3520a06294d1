import { ApiPropertyOptional } from '@nestjs/swagger';
import { HasLength, IfPresent } from './validators.js';
import { PagingDto } from './paging.dto.js';

/** Longer than any name or address. Logto repeats the query in its response headers, so it must be limited. */
export const MAX_QUERY_LENGTH = 256;

/** Query of a paged list with search. */
export class SearchDto extends PagingDto {
  @ApiPropertyOptional({
    description:
      'Case-insensitive search for a substring; `%` and `_` are wildcards, `\\` escapes them. If it is empty, everything matches.',
    maxLength: MAX_QUERY_LENGTH,
    example: 'er',
  })
  @IfPresent()
  @HasLength(0, MAX_QUERY_LENGTH)
  q?: string;
}
