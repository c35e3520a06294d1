// Longer than others: the wire shape of an organization as it is asked for and as it is answered, field by field.
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsString, Matches, ValidateNested } from 'class-validator';
import { AsItCame } from '../http/as-it-came.js';
import { HasLength, IfPresent, IsAbsoluteUrl, IsPlainObject, OrNull } from '../http/validators.js';

const HEX_COLOR = /^#([\da-f]{3}|[\da-f]{6})$/i;
export const IsColor = (): PropertyDecorator => Matches(HEX_COLOR, { message: 'must be a color as #rgb or #rrggbb' });

@ApiSchema({ name: 'OrganizationColor' })
export class OrganizationColorDto {
  @ApiPropertyOptional({ description: 'Main color, #rgb or #rrggbb.', example: '#0b6e4f' })
  @IfPresent()
  @IsColor()
  primaryColor?: string;

  @ApiPropertyOptional({ description: 'Whether sign-in pages have a dark mode.', example: true })
  @IfPresent()
  @IsBoolean({ message: 'must be true or false' })
  isDarkModeEnabled?: boolean;

  @ApiPropertyOptional({ description: 'Main color in dark mode, #rgb or #rrggbb.', example: '#5ec9a2' })
  @IfPresent()
  @IsColor()
  darkPrimaryColor?: string;
}

@ApiSchema({ name: 'OrganizationBranding' })
export class OrganizationBrandingDto {
  @ApiPropertyOptional({ description: 'URL of the logo.', example: 'https://cdn.example.test/fernweh/logo.png' })
  @IfPresent()
  @IsAbsoluteUrl()
  logoUrl?: string;

  @ApiPropertyOptional({
    description: 'URL of the logo for dark mode.',
    example: 'https://cdn.example.test/fernweh/logo-dark.png',
  })
  @IfPresent()
  @IsAbsoluteUrl()
  darkLogoUrl?: string;

  @ApiPropertyOptional({ description: 'URL of the icon.', example: 'https://cdn.example.test/fernweh/favicon.png' })
  @IfPresent()
  @IsAbsoluteUrl()
  favicon?: string;

  @ApiPropertyOptional({
    description: 'URL of the icon for dark mode.',
    example: 'https://cdn.example.test/fernweh/favicon-dark.png',
  })
  @IfPresent()
  @IsAbsoluteUrl()
  darkFavicon?: string;
}

/** What may be said of an organization beside its name. */
class OrganizationFields {
  @ApiPropertyOptional({
    description: 'At most 256 UTF-16 units; null for none.',
    type: 'string',
    nullable: true,
    maxLength: 256,
    example: 'Walking tours, and the guides who lead them',
  })
  @IfPresent()
  @OrNull()
  @HasLength(0, 256)
  description?: string | null;

  @ApiPropertyOptional({
    description: 'Any JSON object. A PATCH replaces it whole.',
    type: 'object',
    additionalProperties: true,
    example: { plan: 'enterprise', seats: 300, region: 'eu-central' },
  })
  @AsItCame()
  @IfPresent()
  @IsPlainObject()
  customData?: Record<string, unknown>;

  @ApiPropertyOptional({
    description: 'Members must have a second factor to get tokens of this organization.',
    example: false,
  })
  @IfPresent()
  @IsBoolean({ message: 'must be true or false' })
  isMfaRequired?: boolean;

  @ApiPropertyOptional({
    description: 'Colors of the sign-in pages. A PATCH replaces them whole.',
    type: OrganizationColorDto,
  })
  @IfPresent()
  @ValidateNested()
  @IsPlainObject()
  @Type(() => OrganizationColorDto)
  color?: OrganizationColorDto;

  @ApiPropertyOptional({
    description: 'Logos of the sign-in pages. A PATCH replaces them whole.',
    type: OrganizationBrandingDto,
  })
  @IfPresent()
  @ValidateNested()
  @IsPlainObject()
  @Type(() => OrganizationBrandingDto)
  branding?: OrganizationBrandingDto;

  @ApiPropertyOptional({
    description: 'CSS of the sign-in pages; null for none.',
    type: 'string',
    nullable: true,
    example: null,
  })
  @IfPresent()
  @OrNull()
  @IsString({ message: 'must be a text or null' })
  customCss?: string | null;
}

@ApiSchema({ name: 'CreateOrganization' })
export class CreateOrganizationDto extends OrganizationFields {
  @ApiProperty({
    description: '1 to 128 UTF-16 units. Names need not be unique.',
    minLength: 1,
    maxLength: 128,
    example: 'Fernweh Cycling',
  })
  @HasLength(1, 128)
  name: string;
}

@ApiSchema({ name: 'UpdateOrganization', description: 'What is absent stays as it is; objects are replaced whole.' })
export class UpdateOrganizationDto extends OrganizationFields {
  @ApiPropertyOptional({
    description: '1 to 128 UTF-16 units.',
    minLength: 1,
    maxLength: 128,
    example: 'Fernweh Travel & Trekking',
  })
  @IfPresent()
  @HasLength(1, 128)
  name?: string;
}

@ApiSchema({ name: 'Organization' })
export class OrganizationDto {
  @ApiProperty({ description: 'Tenant of Logto it belongs to.', example: 'default' })
  tenantId: string;

  @ApiProperty({ description: 'Id, given by Logto.', example: 'fernweh00000' })
  id: string;

  @ApiProperty({ description: 'Name; need not be unique.', example: 'Fernweh Travel' })
  name: string;

  @ApiProperty({
    description: 'What it is, or null.',
    type: 'string',
    nullable: true,
    example: 'Walking tours, and the guides who lead them',
  })
  description: string | null;

  @ApiProperty({
    description: 'Any JSON object, kept for you.',
    type: 'object',
    additionalProperties: true,
    example: { plan: 'enterprise', seats: 300, region: 'eu-central' },
  })
  customData: Record<string, unknown>;

  @ApiProperty({ description: 'Members must have a second factor to get tokens of this organization.', example: false })
  isMfaRequired: boolean;

  @ApiProperty({ description: 'Colors of the sign-in pages.', type: OrganizationColorDto })
  color: OrganizationColorDto;

  @ApiProperty({ description: 'Logos of the sign-in pages.', type: OrganizationBrandingDto })
  branding: OrganizationBrandingDto;

  @ApiProperty({ description: 'CSS of the sign-in pages, or null.', type: 'string', nullable: true, example: null })
  customCss: string | null;

  @ApiProperty({
    description: 'When it was made, in milliseconds since 1970.',
    type: 'integer',
    example: 1_736_154_000_000,
  })
  createdAt: number;
}

@ApiSchema({ name: 'FeaturedUser' })
export class FeaturedUserDto {
  @ApiProperty({ description: 'Id of the user.', example: 'dmitri000000' })
  id: string;

  @ApiProperty({ description: 'URL of a picture, or null.', type: 'string', nullable: true, example: null })
  avatar: string | null;

  @ApiProperty({ description: 'Name, or null.', type: 'string', nullable: true, example: 'Dmitri Antonov' })
  name: string | null;
}

@ApiSchema({ name: 'ListedOrganization' })
export class ListedOrganizationDto extends OrganizationDto {
  @ApiPropertyOptional({
    description: 'How many members it has; with `showFeatured` only.',
    type: 'integer',
    example: 250,
  })
  usersCount?: number;

  @ApiPropertyOptional({
    description: 'Up to three of its members, which ones is not specified; with `showFeatured` only.',
    type: [FeaturedUserDto],
  })
  featuredUsers?: FeaturedUserDto[];
}
