import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { type NamedRefDto, named } from '../http/input/named-ref.dto.js';
import type { Representation } from '../http/answers/representation.js';
import { publicMember } from '../members/public-member.js';
import { representAggregate } from './aggregate.js';
import { metaOf } from './overview.document.js';
import { type OverviewParts, OverviewReader } from './overview.reader.js';
import type { PermissionMatrixDto } from './permission-matrix.dto.js';

/** The scopes of each member of an organization, built from the parts of the overview without a call per member. */
@Injectable()
export class PermissionMatrixService {
  readonly #maxMembers: number;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly reader: OverviewReader,
  ) {
    this.#maxMembers = config.overview.maxMembers;
  }

  async get(id: string): Promise<Representation> {
    const parts = await this.reader.read(id, { members: this.#maxMembers, catalogue: true });
    const meta = metaOf(id, parts, this.#maxMembers);
    return representAggregate(parts, { content: () => matrixOf(parts), meta }, 'permissions');
  }
}

const byName = (a: NamedRefDto, b: NamedRefDto): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function matrixOf(parts: OverviewParts): Omit<PermissionMatrixDto, 'meta'> {
  const roles = parts.catalogue?.value?.roles;
  const scopesOf = roles && new Map(roles.map((role) => [role.id, role.scopes.map(named)]));
  const union = (held: readonly NamedRefDto[]): NamedRefDto[] =>
    [
      ...new Map(held.flatMap((role) => scopesOf?.get(role.id) ?? []).map((scope) => [scope.id, scope])).values(),
    ].toSorted(byName);
  const members = parts.members?.value?.members.map((member) => ({
    ...publicMember(member),
    ...(scopesOf && { scopes: union(member.organizationRoles) }),
  }));
  return {
    ...(roles && { roles: roles.map((role) => ({ ...named(role), scopes: role.scopes.map(named) })) }),
    ...(members && { members }),
  };
}
