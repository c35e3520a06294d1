import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

const TAG = String.raw`(?:\*|[a-z]+(?::[A-Za-z0-9_-]{1,128})?)`;

export class PurgeDto {
  @ApiProperty({
    description:
      'Comma-separated cache tags: `organization:{id}`, `members:{id}`, `user:{id}`, `organizations`, `memberships`, `people`, `catalogue`, or `*` for everything.',
    pattern: `^${TAG}(,${TAG})*$`,
    example: 'organization:fernweh00000,members:fernweh00000',
  })
  @Matches(new RegExp(`^${TAG}(,${TAG})*$`), {
    message: 'must be comma-separated tags such as organization:{id} or catalogue, or * for everything',
  })
  tag: string;
}
