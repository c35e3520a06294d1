import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { SearchDto } from '../http/input/search.dto.js';
import { IfPresent } from '../http/input/validators.js';

export class ListOrganizationsDto extends SearchDto {
  @ApiPropertyOptional({
    description:
      'With `true`, `1`, `yes` or `y` each organization has `usersCount` and up to three `featuredUsers`. Any other value means no.',
    example: 'true',
  })
  @IfPresent()
  @IsString({ message: 'must be given once' })
  showFeatured?: string;
}
