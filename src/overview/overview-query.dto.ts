import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, ValidateBy } from 'class-validator';
import { WholeNumber } from '../http/input/paging.dto.js';
import { IfPresent } from '../http/input/validators.js';
import { PUBLIC_FIELDS } from '../members/public-member.js';
import { MemberSelectionDto } from './member-selection.dto.js';

export const PARTS = ['members', 'roles'] as const;
export type PartName = (typeof PARTS)[number];

/** The fields of members that services may select; organization tokens may only select the public ones. */
export const MEMBER_FIELDS = [
  ...PUBLIC_FIELDS,
  'customData',
  'identities',
  'lastSignInAt',
  'createdAt',
  'updatedAt',
  'profile',
  'applicationId',
  'cimdClientId',
  'isSuspended',
] as const;
export type MemberField = (typeof MEMBER_FIELDS)[number];

/** Turns 'a,b' into ['a', 'b']; a repeated parameter becomes an invalid list, which is refused. */
const splitCommas = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',') : [value];

/** Every item must be one of the known ones; the message lists the others. */
export const IsListOf = (known: readonly string[]): PropertyDecorator =>
  ValidateBy({
    name: 'unknownItem',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((item) => known.includes(item as string)),
      defaultMessage: (args) => {
        const unknown = [args?.value].flat().filter((item) => !known.includes(item as string));
        return `unknown value ${unknown.map((item) => JSON.stringify(item)).join(', ')}; the possible values are ${known.join(', ')}`;
      },
    },
  });

export class OverviewQueryDto extends MemberSelectionDto {
  @ApiPropertyOptional({
    description: 'Parts to include besides the organization, comma-separated.',
    enum: PARTS,
    isArray: true,
    default: PARTS,
    example: PARTS,
  })
  @Transform(splitCommas)
  @IfPresent()
  @IsListOf(PARTS)
  include?: PartName[];

  @ApiPropertyOptional({
    description: 'Fields of each member, comma-separated. The default is the public profile.',
    enum: MEMBER_FIELDS,
    isArray: true,
    example: ['id', 'name', 'organizationRoles'],
  })
  @Transform(splitCommas)
  @IfPresent()
  @IsListOf(MEMBER_FIELDS)
  memberFields?: MemberField[];

  @ApiPropertyOptional({
    description: 'Maximum number of members. `memberTotal` and the member counts of roles are not affected.',
    type: 'integer',
    minimum: 1,
    example: 100,
  })
  @WholeNumber(1, 1_000_000)
  memberLimit?: number;

  @ApiPropertyOptional({
    description: 'With `true`, a missing part makes the whole request fail with the problem of that part.',
    enum: ['true', 'false'],
    default: 'false',
    example: 'true',
  })
  @IfPresent()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  strict?: 'true' | 'false';
}
