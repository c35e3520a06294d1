import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { LogtoRefusal } from '../upstream/upstream-fault.js';
import type { EnrolmentDto } from './enrolment.dto.js';

type Role = Pick<CatalogueRoleDto, 'id' | 'name' | 'type'>;

/** Ids of the roles an enrolment names, by id or by name; or why one of them cannot be given, in Logto's terms. */
export class RoleResolver {
  readonly #byId: ReadonlyMap<string, Role>;
  readonly #byName: ReadonlyMap<string, Role>;

  constructor(roles: readonly Role[]) {
    this.#byId = new Map(roles.map((role) => [role.id, role]));
    this.#byName = new Map(roles.map((role) => [role.name, role]));
  }

  /** Every role named is known here. */
  knows({ organizationRoleIds = [], organizationRoleNames = [] }: EnrolmentDto): boolean {
    return (
      organizationRoleIds.every((id) => this.#byId.has(id)) &&
      organizationRoleNames.every((name) => this.#byName.has(name))
    );
  }

  /** Each id once, sorted, so that equal sets look equal. Throws the refusal Logto would answer with. */
  idsOf({ organizationRoleIds = [], organizationRoleNames = [] }: EnrolmentDto): string[] {
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
        `There is no organization role called ${unknownName}.`,
      );
    const ids = [...organizationRoleIds, ...organizationRoleNames.map((name) => this.#byName.get(name)?.id ?? '')];
    const forMachines = ids.find((id) => this.#byId.get(id)?.type === 'MachineToMachine');
    if (forMachines !== undefined)
      throw new LogtoRefusal(
        422,
        'entity.db_constraint_violated',
        `The role ${forMachines} is for machines; users cannot have it.`,
      );
    return [...new Set(ids)].toSorted();
  }
}
