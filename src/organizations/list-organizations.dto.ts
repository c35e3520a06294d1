import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { SearchDto } from '../http/search.dto.js';
import { IfPresent } from '../http/validators.js';

export class ListOrganizationsDto extends SearchDto {
  @ApiPropertyOptional({
    description:
      '`true`, `1`, `yes` or `y`: each organization comes with `usersCount` and up to three `featuredUsers`. Anything else is no.',
    example: 'true',
  })
  @IfPresent()
  @IsString({ message: 'must be given once' })
  showFeatured?: string;
}
