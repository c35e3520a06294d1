import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';
import { MemberDto } from '../members/member.dto.js';

@ApiSchema({
  name: 'MemberProfile',
  description: 'Service tokens see every field of the user, tokens of an organization the required ones only.',
})
export class MemberProfileDto extends MemberDto {
  @ApiProperty({ description: 'The organization scopes the roles give together.', type: [NamedRefDto] })
  scopes: NamedRefDto[];

  @ApiPropertyOptional({
    description: 'Whether the user can sign in with a password. Service tokens only.',
    example: false,
  })
  hasPassword?: boolean;
}
