import { Injectable } from '@nestjs/common';
import { named } from '../http/input/named-ref.dto.js';
import { Problem } from '../http/problems/problem.js';
import { represent, Representation } from '../http/answers/representation.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import type { RoleDto } from '../roles/role.dto.js';
import type { ScopeDto } from '../roles/scope.dto.js';
import { combine } from '../upstream/combine.js';
import { Payload } from '../core/payload.js';
import { LogtoRefusal } from '../core/faults.js';
import type { MembershipDto } from './me.dto.js';
import { MeUpstream } from './me.upstream.js';

@Injectable()
export class MeService {
  constructor(
    private readonly logto: MeUpstream,
    private readonly roles: RolesUpstream,
  ) {}

  async organizations(userId: string): Promise<Representation> {
    return represent(await this.logto.organizations(userId));
  }

  /** 404 both for non-members and for unknown organizations, so that nobody can tell them apart. */
  async membership(userId: string, id: string): Promise<Representation> {
    const [roles, scopes] = await Promise.all([this.#rolesOf(userId, id), this.roles.scopesOfMember(id, userId)]);
    const membership: MembershipDto = {
      id,
      organizationRoles: roles.payload.json<RoleDto[]>().map(named),
      scopes: scopes.payload.json<ScopeDto[]>().map(named),
    };
    return new Representation(Payload.of(membership), combine([roles, scopes]));
  }

  async #rolesOf(userId: string, id: string) {
    try {
      return await this.roles.ofMember(id, userId, undefined);
    } catch (error) {
      if (error instanceof LogtoRefusal && error.status === 422)
        throw new Problem('not-found', 'You are not a member of an organization with this id.', {
          code: 'entity.not_found',
        });
      throw error;
    }
  }
}
