import { ApiPropertyOptional } from '@nestjs/swagger';
import { HasLength, IfPresent } from './validators.js';
import { PagingDto } from './paging.dto.js';

/** Longer than any name or address; Logto searches with it and repeats it in its answer's headers. */
export const LONGEST_QUERY = 256;

/** A paged list that can be searched. */
export class SearchDto extends PagingDto {
  @ApiPropertyOptional({
    description:
      'Part of what is looked for, in any case; `%` and `_` stand for anything, `\\` takes their meaning away. Empty = everything.',
    maxLength: LONGEST_QUERY,
    example: 'er',
  })
  @IfPresent()
  @HasLength(0, LONGEST_QUERY)
  q?: string;
}
