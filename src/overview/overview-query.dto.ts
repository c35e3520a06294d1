import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, ValidateBy } from 'class-validator';
import { WholeNumber } from '../http/paging.dto.js';
import { IfPresent } from '../http/validators.js';
import { PUBLIC_FIELDS } from '../members/public-member.js';
import { MemberSelectionDto } from './member-selection.dto.js';

export const PARTS = ['members', 'roles'] as const;
export type Part = (typeof PARTS)[number];

/** What a service may ask of members; organization tokens only what is public. */
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

/** 'a,b' becomes ['a', 'b']; a parameter given twice stays as it is and is refused. */
const splitCommas = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',') : [value];

/** Every item is one of those; what is not is named. */
export const IsListOf = (known: readonly string[]): PropertyDecorator =>
  ValidateBy({
    name: 'unknownItem',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((item) => known.includes(item as string)),
      defaultMessage: (args) => {
        const unknown = [args?.value].flat().filter((item) => !known.includes(item as string));
        return `${unknown.map((item) => JSON.stringify(item)).join(', ')} is not known here; choose from ${known.join(', ')}, separated by commas`;
      },
    },
  });

export class OverviewQueryDto extends MemberSelectionDto {
  @ApiPropertyOptional({
    description: 'Parts wanted beside the organization, separated by commas.',
    enum: PARTS,
    isArray: true,
    default: PARTS,
    example: PARTS,
  })
  @Transform(splitCommas)
  @IfPresent()
  @IsListOf(PARTS)
  include?: Part[];

  @ApiPropertyOptional({
    description: 'Fields of each member, separated by commas. Without it, the public profile.',
    enum: MEMBER_FIELDS,
    isArray: true,
    example: ['id', 'name', 'organizationRoles'],
  })
  @Transform(splitCommas)
  @IfPresent()
  @IsListOf(MEMBER_FIELDS)
  memberFields?: MemberField[];

  @ApiPropertyOptional({
    description: 'At most so many members; `memberTotal` and the counts of the roles stay what they are.',
    type: 'integer',
    minimum: 1,
    example: 100,
  })
  @WholeNumber(1, 1_000_000)
  memberLimit?: number;

  @ApiPropertyOptional({
    description: '`true`: a part that cannot be had makes the whole answer fail, with the problem of that part.',
    enum: ['true', 'false'],
    default: 'false',
    example: 'true',
  })
  @IfPresent()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  strict?: 'true' | 'false';
}
