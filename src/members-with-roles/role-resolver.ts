import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { LogtoRefusal } from '../core/faults.js';
import type { MemberWithRolesDto } from './members-with-roles.dto.js';

type Role = Pick<CatalogueRoleDto, 'id' | 'name' | 'type'>;

/** Resolves the roles of a new member, given by id or by name, to ids. */
export class RoleResolver {
  readonly #byId: ReadonlyMap<string, Role>;
  readonly #byName: ReadonlyMap<string, Role>;

  constructor(roles: readonly Role[]) {
    this.#byId = new Map(roles.map((role) => [role.id, role]));
    this.#byName = new Map(roles.map((role) => [role.name, role]));
  }

  /** Whether all the roles are known. */
  knows({ organizationRoleIds = [], organizationRoleNames = [] }: MemberWithRolesDto): boolean {
    return (
      organizationRoleIds.every((id) => this.#byId.has(id)) &&
      organizationRoleNames.every((name) => this.#byName.has(name))
    );
  }

  /** The distinct ids, sorted, so that equal sets compare equal. Throws the same refusal as Logto for an invalid role. */
  idsOf({ organizationRoleIds = [], organizationRoleNames = [] }: MemberWithRolesDto): string[] {
    const unknownId = organizationRoleIds.find((id) => !this.#byId.has(id));
    if (unknownId !== undefined)
      throw new LogtoRefusal(
        422,
        'entity.relation_foreign_key_not_found',
        `There is no organization role with the id ${unknownId}.`,
      );
    const unknownName = organizationRoleNames.find((name) => !this.#byName.has(name));
    if (unknownName !== undefined)
      throw new LogtoRefusal(
        422,
        'organization.role_names_not_found',
        `There is no organization role with the name ${unknownName}.`,
      );
    const ids = [...organizationRoleIds, ...organizationRoleNames.map((name) => this.#byName.get(name)?.id ?? '')];
    const forMachines = ids.find((id) => this.#byId.get(id)?.type === 'MachineToMachine');
    if (forMachines !== undefined)
      throw new LogtoRefusal(
        422,
        'entity.db_constraint_violated',
        `The role ${forMachines} is for machines and cannot be assigned to users.`,
      );
    return [...new Set(ids)].toSorted();
  }
}
