import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsString, ValidateNested } from 'class-validator';
import { PassThrough } from '../http/input/pass-through.js';
import { HasLength, IfPresent, IsAbsoluteUrl, IsPlainObject, OrNull } from '../http/input/validators.js';
import { IsColor } from './organization.dto.js';

@ApiSchema({ name: 'MergeOrganizationColor' })
export class MergeOrganizationColorDto {
  @ApiPropertyOptional({
    description: 'Primary color, #rgb or #rrggbb; null removes it.',
    type: 'string',
    nullable: true,
    example: '#0b6e4f',
  })
  @IfPresent()
  @OrNull()
  @IsColor()
  primaryColor?: string | null;

  @ApiPropertyOptional({
    description: 'Whether sign-in pages have a dark mode; null removes it.',
    type: 'boolean',
    nullable: true,
    example: true,
  })
  @IfPresent()
  @OrNull()
  @IsBoolean({ message: 'must be true, false or null' })
  isDarkModeEnabled?: boolean | null;

  @ApiPropertyOptional({
    description: 'Primary color in dark mode, #rgb or #rrggbb; null removes it.',
    type: 'string',
    nullable: true,
    example: '#5ec9a2',
  })
  @IfPresent()
  @OrNull()
  @IsColor()
  darkPrimaryColor?: string | null;
}

@ApiSchema({ name: 'MergeOrganizationBranding' })
export class MergeOrganizationBrandingDto {
  @ApiPropertyOptional({
    description: 'URL of the logo; null removes it.',
    type: 'string',
    nullable: true,
    example: 'https://cdn.example.test/fernweh/logo.png',
  })
  @IfPresent()
  @OrNull()
  @IsAbsoluteUrl()
  logoUrl?: string | null;

  @ApiPropertyOptional({
    description: 'URL of the logo for dark mode; null removes it.',
    type: 'string',
    nullable: true,
    example: null,
  })
  @IfPresent()
  @OrNull()
  @IsAbsoluteUrl()
  darkLogoUrl?: string | null;

  @ApiPropertyOptional({
    description: 'URL of the icon; null removes it.',
    type: 'string',
    nullable: true,
    example: 'https://cdn.example.test/fernweh/favicon.png',
  })
  @IfPresent()
  @OrNull()
  @IsAbsoluteUrl()
  favicon?: string | null;

  @ApiPropertyOptional({
    description: 'URL of the icon for dark mode; null removes it.',
    type: 'string',
    nullable: true,
    example: null,
  })
  @IfPresent()
  @OrNull()
  @IsAbsoluteUrl()
  darkFavicon?: string | null;
}

/** A separate class for merge patches: here null removes a value, while a plain PATCH refuses null in most fields. */
@ApiSchema({ name: 'MergeOrganization', description: 'JSON Merge Patch (RFC 7396): objects are merged, null removes.' })
export class MergeOrganizationDto {
  @ApiPropertyOptional({
    description: '1 to 128 UTF-16 units. It cannot be removed.',
    minLength: 1,
    maxLength: 128,
    example: 'Fernweh Travel & Trekking',
  })
  @IfPresent()
  @HasLength(1, 128)
  name?: string;

  @ApiPropertyOptional({
    description: 'At most 256 UTF-16 units; null for none.',
    type: 'string',
    nullable: true,
    maxLength: 256,
    example: null,
  })
  @IfPresent()
  @OrNull()
  @HasLength(0, 256)
  description?: string | null;

  @ApiPropertyOptional({
    description: 'Merged into the current value; null makes it empty.',
    type: 'object',
    nullable: true,
    additionalProperties: true,
    example: { seats: 300, trialEndsAt: null },
  })
  @PassThrough()
  @IfPresent()
  @OrNull()
  @IsPlainObject()
  customData?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    description: 'Whether members need a second factor to get tokens of this organization.',
    example: true,
  })
  @IfPresent()
  @IsBoolean({ message: 'must be true or false' })
  isMfaRequired?: boolean;

  @ApiPropertyOptional({
    description: 'Merged into the current value; null makes it empty.',
    type: MergeOrganizationColorDto,
    nullable: true,
  })
  @IfPresent()
  @OrNull()
  @ValidateNested()
  @IsPlainObject()
  @Type(() => MergeOrganizationColorDto)
  color?: MergeOrganizationColorDto | null;

  @ApiPropertyOptional({
    description: 'Merged into the current value; null makes it empty.',
    type: MergeOrganizationBrandingDto,
    nullable: true,
  })
  @IfPresent()
  @OrNull()
  @ValidateNested()
  @IsPlainObject()
  @Type(() => MergeOrganizationBrandingDto)
  branding?: MergeOrganizationBrandingDto | null;

  @ApiPropertyOptional({
    description: 'CSS of the sign-in pages; null for none.',
    type: 'string',
    nullable: true,
    example: null,
  })
  @IfPresent()
  @OrNull()
  @IsString({ message: 'must be a string or null' })
  customCss?: string | null;
}
