import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { SearchDto } from '../http/input/search.dto.js';
import { HasLength, IfPresent, IsTextList } from '../http/input/validators.js';

/** Logto's time for one INSERT is quadratic in its rows, and blocks all other requests. A replacement is not affected. */
const MAX_ADDED = 1000;
const MAX_REPLACED = 10_000;

export class ListMembersDto extends SearchDto {
  @ApiPropertyOptional({
    description: 'Only members with this role. An unknown role gives an empty list.',
    example: 'rolemember00000000000',
  })
  @IfPresent()
  @HasLength(1, 128)
  organizationRoleId?: string;
}

@ApiSchema({ name: 'AddMembers' })
export class AddMembersDto {
  @ApiProperty({
    description: 'Ids of users; those who are members already do not change.',
    type: [String],
    minItems: 1,
    maxItems: MAX_ADDED,
    example: ['wanda0000000', 'ximena000000'],
  })
  @IsTextList({ min: 1, max: MAX_ADDED })
  userIds: string[];
}

@ApiSchema({ name: 'ReplaceMembers' })
export class ReplaceMembersDto {
  @ApiProperty({
    description: 'Ids of all users who are to be members; existing members keep their roles. [] removes all members.',
    type: [String],
    maxItems: MAX_REPLACED,
    example: ['ada000000000', 'dmitri000000'],
  })
  @IsTextList({ min: 0, max: MAX_REPLACED })
  userIds: string[];
}

@ApiSchema({ name: 'AddedMembers' })
export class AddedMembersDto {
  @ApiProperty({ description: 'The ids that were sent.', type: [String], example: ['wanda0000000', 'ximena000000'] })
  userIds: string[];
}
