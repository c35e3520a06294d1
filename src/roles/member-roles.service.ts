import { Injectable } from '@nestjs/common';
import { optionalPagingOf, type PagingDto } from '../http/paging.dto.js';
import { represent, representPage, type Representation } from '../http/representation.js';
import type { AddRolesDto, AssignRolesToMembersDto, ReplaceRolesDto } from './assign-roles.dto.js';
import { RolesUpstream } from './roles.upstream.js';

/** Which roles a member has. */
@Injectable()
export class MemberRolesService {
  constructor(private readonly logto: RolesUpstream) {}

  /** All roles when no page is asked for, as at Logto. */
  async list(id: string, userId: string, dto: PagingDto): Promise<Representation> {
    const paging = optionalPagingOf(dto);
    return representPage(await this.logto.ofMember(id, userId, paging), paging);
  }

  async scopes(id: string, userId: string): Promise<Representation> {
    return represent(await this.logto.scopesOfMember(id, userId));
  }

  async add(id: string, userId: string, roles: AddRolesDto): Promise<Representation> {
    return represent(await this.logto.add(id, userId, roles));
  }

  async replace(id: string, userId: string, roles: ReplaceRolesDto): Promise<void> {
    await this.logto.replace(id, userId, roles);
  }

  async remove(id: string, userId: string, roleId: string): Promise<void> {
    await this.logto.remove(id, userId, roleId);
  }

  async assign(id: string, assignment: AssignRolesToMembersDto): Promise<void> {
    await this.logto.assign(id, assignment);
  }
}
