import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { SearchDto } from '../http/search.dto.js';
import { HasLength, IfPresent, IsTextList } from '../http/validators.js';

/** Logto's time for one INSERT grows with the square of its rows, and everyone waits; a replacement is not affected. */
const MOST_ADDED = 1000;
const MOST_REPLACED = 10_000;

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
    description: 'Ids of users; those who are members already stay as they are.',
    type: [String],
    minItems: 1,
    maxItems: MOST_ADDED,
    example: ['wanda0000000', 'ximena000000'],
  })
  @IsTextList({ min: 1, max: MOST_ADDED })
  userIds: string[];
}

@ApiSchema({ name: 'ReplaceMembers' })
export class ReplaceMembersDto {
  @ApiProperty({
    description: 'Ids of all users who shall be members; those who stay keep their roles. [] removes everybody.',
    type: [String],
    maxItems: MOST_REPLACED,
    example: ['ada000000000', 'dmitri000000'],
  })
  @IsTextList({ min: 0, max: MOST_REPLACED })
  userIds: string[];
}

@ApiSchema({ name: 'AddedMembers' })
export class AddedMembersDto {
  @ApiProperty({ description: 'The ids that were sent.', type: [String], example: ['wanda0000000', 'ximena000000'] })
  userIds: string[];
}
