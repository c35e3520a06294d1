import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/input/named-ref.dto.js';
import { MemberDto } from '../members/member.dto.js';

@ApiSchema({
  name: 'MemberProfile',
  description: 'Service tokens see all fields, organization tokens only the required ones.',
})
export class MemberProfileDto extends MemberDto {
  @ApiProperty({ description: 'The organization scopes that the roles grant together.', type: [NamedRefDto] })
  scopes: NamedRefDto[];

  @ApiPropertyOptional({
    description: 'Whether the user can sign in with a password. Service tokens only.',
    example: false,
  })
  hasPassword?: boolean;
}
