import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/named-ref.dto.js';

/** What every caller with the permission may see of a member. */
@ApiSchema({ name: 'PublicMember' })
export class PublicMemberDto {
  @ApiProperty({ description: 'Id of the user.', example: 'dmitri000000' })
  id: string;

  @ApiProperty({ description: 'User name, or null.', type: 'string', nullable: true, example: 'dmitri' })
  username: string | null;

  @ApiProperty({ description: 'Name, or null.', type: 'string', nullable: true, example: 'Dmitri Antonov' })
  name: string | null;

  @ApiProperty({ description: 'URL of a picture, or null.', type: 'string', nullable: true, example: null })
  avatar: string | null;

  @ApiProperty({
    description: 'E-mail address, or null.',
    type: 'string',
    nullable: true,
    example: 'dmitri@fernweh.example.test',
  })
  primaryEmail: string | null;

  @ApiProperty({ description: 'Phone number, or null.', type: 'string', nullable: true, example: '12015551003' })
  primaryPhone: string | null;

  @ApiProperty({ description: "The member's roles in this organization, by name.", type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];
}

/** Members as services see them: everything Logto says. Callers of an organization see the fields of PublicMember only. */
@ApiSchema({
  name: 'Member',
  description: 'Service tokens see every field, tokens of an organization the required ones only.',
})
export class MemberDto extends PublicMemberDto {
  @ApiPropertyOptional({
    description: 'Any JSON object kept with the user. Service tokens only.',
    type: 'object',
    additionalProperties: true,
    example: {},
  })
  customData?: Record<string, unknown>;

  @ApiPropertyOptional({
    description: 'Identities at other providers. Service tokens only.',
    type: 'object',
    additionalProperties: true,
    example: {},
  })
  identities?: Record<string, unknown>;

  @ApiPropertyOptional({
    description: 'Last sign-in in milliseconds since 1970, or null. Service tokens only.',
    type: 'integer',
    nullable: true,
    example: 1_739_005_200_000,
  })
  lastSignInAt?: number | null;

  @ApiPropertyOptional({
    description: 'When the user was made, in milliseconds since 1970. Service tokens only.',
    type: 'integer',
    example: 1_736_413_200_000,
  })
  createdAt?: number;

  @ApiPropertyOptional({
    description: 'Last change of the user, in milliseconds since 1970. Service tokens only.',
    type: 'integer',
    example: 1_736_413_200_000,
  })
  updatedAt?: number;

  @ApiPropertyOptional({
    description: 'OpenID Connect profile. Service tokens only.',
    type: 'object',
    additionalProperties: true,
    example: {},
  })
  profile?: Record<string, unknown>;

  @ApiPropertyOptional({
    description: 'Application through which the user came, or null. Service tokens only.',
    type: 'string',
    nullable: true,
    example: null,
  })
  applicationId?: string | null;

  @ApiPropertyOptional({
    description: 'Client-metadata client through which the user came, or null. Service tokens only.',
    type: 'string',
    nullable: true,
    example: null,
  })
  cimdClientId?: string | null;

  @ApiPropertyOptional({
    description: 'Suspended users stay members but cannot sign in. Service tokens only.',
    example: false,
  })
  isSuspended?: boolean;
}
