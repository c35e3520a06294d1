import { Inject, Injectable } from '@nestjs/common';
import { ROLE_EVENTS } from '../events/events.tokens.js';
import type { RoleChange, RoleEvents } from '../events/role-events.js';
import { optionalPagingOf, type PagingDto } from '../http/input/paging.dto.js';
import { represent, representPage, type Representation } from '../http/answers/representation.js';
import type { UpstreamReply } from '../core/exchange.js';
import type { AddedRolesDto, AddRolesDto, AssignRolesToMembersDto, ReplaceRolesDto } from './assign-roles.dto.js';
import { RolesUpstream } from './roles.upstream.js';

/** Logto's reply has ids for the names in the request; an empty list means that nothing changed. */
const addedBy = (userId: string, { payload }: UpstreamReply): RoleChange[] => {
  const { organizationRoleIds: addedRoleIds } = payload.json<AddedRolesDto>();
  return addedRoleIds.length > 0 ? [{ userId, addedRoleIds }] : [];
};

/** The roles of members. Changes that Logto confirms are published as events. */
@Injectable()
export class MemberRolesService {
  constructor(
    private readonly logto: RolesUpstream,
    @Inject(ROLE_EVENTS) private readonly events: RoleEvents | undefined,
  ) {}

  /** All roles if no page is requested, as at Logto. */
  async list(id: string, userId: string, dto: PagingDto): Promise<Representation> {
    const paging = optionalPagingOf(dto);
    return representPage(await this.logto.ofMember(id, userId, paging), paging);
  }

  async scopes(id: string, userId: string): Promise<Representation> {
    return represent(await this.logto.scopesOfMember(id, userId));
  }

  async add(id: string, userId: string, roles: AddRolesDto): Promise<Representation> {
    const reply = await this.#write(
      id,
      () => this.logto.add(id, userId, roles),
      (added) => addedBy(userId, added),
    );
    return represent(reply);
  }

  async replace(id: string, userId: string, roles: ReplaceRolesDto): Promise<void> {
    const { organizationRoleIds: roleIds = [], organizationRoleNames: roleNames = [] } = roles;
    await this.#write(
      id,
      () => this.logto.replace(id, userId, roles),
      () => [{ userId, replacedWith: { roleIds, roleNames } }],
    );
  }

  async remove(id: string, userId: string, roleId: string): Promise<void> {
    await this.#write(
      id,
      () => this.logto.remove(id, userId, roleId),
      () => [{ userId, removedRoleIds: [roleId] }],
    );
  }

  async assign(id: string, assignment: AssignRolesToMembersDto): Promise<void> {
    const addedRoleIds = [...new Set(assignment.organizationRoleIds)];
    await this.#write(
      id,
      () => this.logto.assign(id, assignment),
      () => [...new Set(assignment.userIds)].map((userId) => ({ userId, addedRoleIds })),
    );
  }

  #write(...write: Parameters<RoleEvents['write']>): Promise<UpstreamReply> {
    return this.events ? this.events.write(...write) : write[1]();
  }
}
