import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

const TAG = String.raw`(?:\*|[a-z]+(?::[A-Za-z0-9_-]{1,128})?)`;

export class PurgeDto {
  @ApiProperty({
    description:
      'What became untrue, several separated by commas: `organization:{id}`, `members:{id}`, `user:{id}`, `organizations`, `memberships`, `people`, `catalogue`, or `*` for everything.',
    pattern: `^${TAG}(,${TAG})*$`,
    example: 'organization:fernweh00000,members:fernweh00000',
  })
  @Matches(new RegExp(`^${TAG}(,${TAG})*$`), {
    message: 'must be tags such as organization:{id} or catalogue, separated by commas, or * for everything',
  })
  tag: string;
}
