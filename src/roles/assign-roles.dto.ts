import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { IfPresent, IsTextList } from '../http/input/validators.js';

const MAX_IDS = 1000;
/** Logto's time for one INSERT is quadratic in its rows, and blocks all other requests. */
const MAX_ROWS = 500;

const ROLE_IDS = ['rolemember00000000000'];
const ROLE_NAMES = ['member'];

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** Limits `userIds` × `organizationRoleIds`, the rows that Logto inserts. */
const HasMaxRows = (): PropertyDecorator =>
  ValidateBy({
    name: 'tooManyRows',
    validator: {
      validate: (roleIds: unknown, args?: ValidationArguments) =>
        lengthOf(roleIds) * lengthOf((args?.object as AssignRolesToMembersDto | undefined)?.userIds) <= MAX_ROWS,
      defaultMessage: () =>
        `userIds × organizationRoleIds must be at most ${MAX_ROWS} assignments in one request; send several requests`,
    },
  });

@ApiSchema({
  name: 'AssignRolesToMembers',
  description: `At most ${MAX_ROWS} assignments (userIds × organizationRoleIds).`,
})
export class AssignRolesToMembersDto {
  @ApiProperty({
    description: 'Ids of members.',
    type: [String],
    minItems: 1,
    maxItems: MAX_IDS,
    example: ['dmitri000000', 'greta0000000'],
  })
  @IsTextList({ min: 1, max: MAX_IDS })
  userIds: string[];

  @ApiProperty({
    description: 'Ids of the roles for each of them. Names are not accepted here.',
    type: [String],
    minItems: 1,
    maxItems: MAX_IDS,
    example: ROLE_IDS,
  })
  @HasMaxRows()
  @IsTextList({ min: 1, max: MAX_IDS })
  organizationRoleIds: string[];
}

/** A list of role ids or exact role names. */
const RoleList = (description: string, example: string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ description, type: [String], maxItems: MAX_IDS, example }),
    IsTextList({ min: 0, max: MAX_IDS }),
  );

@ApiSchema({
  name: 'AddRoles',
  description: 'Ids and names may be combined. Without both, nothing is added.',
})
export class AddRolesDto {
  @IfPresent()
  @RoleList('Ids of roles to add.', ROLE_IDS)
  organizationRoleIds?: string[];

  @IfPresent()
  @RoleList('Exact names of roles to add.', ROLE_NAMES)
  organizationRoleNames?: string[];
}

@ApiSchema({
  name: 'ReplaceRoles',
  description:
    'At least one of the two lists is required; together they are all roles that the member has afterwards. [] removes all roles.',
})
export class ReplaceRolesDto {
  // Without both lists Logto would remove all roles; a typo must not do that.
  @ValidateIf(
    ({ organizationRoleIds, organizationRoleNames }: ReplaceRolesDto) =>
      organizationRoleIds !== undefined || organizationRoleNames === undefined,
  )
  @RoleList('Ids of the roles to set.', ROLE_IDS)
  @ValidateBy({
    name: 'required',
    validator: {
      validate: (value) => value !== undefined,
      defaultMessage: () => 'organizationRoleIds or organizationRoleNames is required; [] removes all roles',
    },
  })
  organizationRoleIds?: string[];

  @IfPresent()
  @RoleList('Exact names of the roles to set.', ROLE_NAMES)
  organizationRoleNames?: string[];
}

@ApiSchema({ name: 'AddedRoles' })
export class AddedRolesDto {
  @ApiProperty({
    description: 'Ids of the roles in the request, each once; the member may have others, too.',
    type: [String],
    example: ROLE_IDS,
  })
  organizationRoleIds: string[];
}
