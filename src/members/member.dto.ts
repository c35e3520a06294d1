import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { NamedRefDto } from '../http/input/named-ref.dto.js';

/** The fields of a member that every caller with the permission may see. */
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

  @ApiProperty({ description: "The member's roles in this organization, sorted by name.", type: [NamedRefDto] })
  organizationRoles: NamedRefDto[];
}

/** All of Logto's fields, for services. Callers within an organization see the fields of PublicMember only. */
@ApiSchema({
  name: 'Member',
  description: 'Service tokens see all fields, organization tokens only the required ones.',
})
export class MemberDto extends PublicMemberDto {
  @ApiPropertyOptional({
    description: 'Any JSON object stored with the user. Service tokens only.',
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
    description: 'When the user was created, in milliseconds since 1970. Service tokens only.',
    type: 'integer',
    example: 1_736_413_200_000,
  })
  createdAt?: number;

  @ApiPropertyOptional({
    description: 'When the user was last changed, in milliseconds since 1970. Service tokens only.',
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
    description: 'Application through which the user registered, or null. Service tokens only.',
    type: 'string',
    nullable: true,
    example: null,
  })
  applicationId?: string | null;

  @ApiPropertyOptional({
    description: 'Client ID Metadata Document client through which the user registered, or null. Service tokens only.',
    type: 'string',
    nullable: true,
    example: null,
  })
  cimdClientId?: string | null;

  @ApiPropertyOptional({
    description: 'Suspended users remain members but cannot sign in. Service tokens only.',
    example: false,
  })
  isSuspended?: boolean;
}
