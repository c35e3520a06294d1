import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { IfPresent, IsTextList } from '../http/validators.js';

const MOST_IDS = 1000;
/** Logto's time for one INSERT grows with the square of its rows, and everyone waits. */
const MOST_ROWS = 500;

const ROLE_IDS = ['rolemember00000000000'];
const ROLE_NAMES = ['member'];

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** `userIds` × `organizationRoleIds` is what Logto inserts. */
const FewRows = (): PropertyDecorator =>
  ValidateBy({
    name: 'tooManyRows',
    validator: {
      validate: (roleIds: unknown, args?: ValidationArguments) =>
        lengthOf(roleIds) * lengthOf((args?.object as AssignRolesToMembersDto | undefined)?.userIds) <= MOST_ROWS,
      defaultMessage: () =>
        `userIds × organizationRoleIds may be at most ${MOST_ROWS} assignments in one request; send several`,
    },
  });

@ApiSchema({
  name: 'AssignRolesToMembers',
  description: `At most ${MOST_ROWS} assignments (userIds × organizationRoleIds).`,
})
export class AssignRolesToMembersDto {
  @ApiProperty({
    description: 'Ids of members.',
    type: [String],
    minItems: 1,
    maxItems: MOST_IDS,
    example: ['dmitri000000', 'greta0000000'],
  })
  @IsTextList({ min: 1, max: MOST_IDS })
  userIds: string[];

  @ApiProperty({
    description: 'Ids of roles that each of them gets. Names are not taken here.',
    type: [String],
    minItems: 1,
    maxItems: MOST_IDS,
    example: ROLE_IDS,
  })
  @FewRows()
  @IsTextList({ min: 1, max: MOST_IDS })
  organizationRoleIds: string[];
}

/** The members' roles by id, by name, or both; names are exact. */
const RoleList = (what: string, example: string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ description: what, type: [String], maxItems: MOST_IDS, example }),
    IsTextList({ min: 0, max: MOST_IDS }),
  );

@ApiSchema({
  name: 'AddRoles',
  description: 'Ids and names may be mixed; the member gets all of them. Nothing named, nothing added.',
})
export class AddRolesDto {
  @IfPresent()
  @RoleList('Ids of roles to add.', ROLE_IDS)
  organizationRoleIds?: string[];

  @IfPresent()
  @RoleList('Names of roles to add, exactly as they are spelt.', ROLE_NAMES)
  organizationRoleNames?: string[];
}

@ApiSchema({
  name: 'ReplaceRoles',
  description:
    'At least one of the two lists must be there; together they are all roles the member has afterwards. [] takes every role away.',
})
export class ReplaceRolesDto {
  // Logto takes every role away when it finds neither list: a typo must not do that.
  @ValidateIf(
    ({ organizationRoleIds, organizationRoleNames }: ReplaceRolesDto) =>
      organizationRoleIds !== undefined || organizationRoleNames === undefined,
  )
  @RoleList('Ids of the roles to have.', ROLE_IDS)
  @ValidateBy({
    name: 'required',
    validator: {
      validate: (value) => value !== undefined,
      defaultMessage: () => 'organizationRoleIds or organizationRoleNames must be given; [] takes every role away',
    },
  })
  organizationRoleIds?: string[];

  @IfPresent()
  @RoleList('Names of the roles to have, exactly as they are spelt.', ROLE_NAMES)
  organizationRoleNames?: string[];
}

@ApiSchema({ name: 'AddedRoles' })
export class AddedRolesDto {
  @ApiProperty({
    description: 'Ids of the roles that were named, each once; not everything the member has.',
    type: [String],
    example: ROLE_IDS,
  })
  organizationRoleIds: string[];
}
