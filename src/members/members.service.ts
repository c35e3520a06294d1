import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { pagingOf } from '../http/input/paging.dto.js';
import { represent, representPage, type Representation } from '../http/answers/representation.js';
import type { AddMembersDto, ListMembersDto, ReplaceMembersDto } from './members.dto.js';
import { MembersUpstream } from './members.upstream.js';
import { membersAsSeenBy } from './public-member.js';

@Injectable()
export class MembersService {
  constructor(private readonly logto: MembersUpstream) {}

  /** A page of members in the caller's view; 404 for an unknown organization, where Logto returns an empty list. */
  async list(id: string, { q, organizationRoleId, ...dto }: ListMembersDto, caller: Caller): Promise<Representation> {
    const paging = pagingOf(dto);
    const reply = await this.logto.list(id, { q, organizationRoleId, paging });
    // An organization with members exists; only for an empty list this must be checked.
    if (reply.total === 0) await this.logto.requireOrganization(id);
    return representPage(reply, paging, membersAsSeenBy(caller, reply.payload));
  }

  async add(id: string, members: AddMembersDto): Promise<Representation> {
    return represent(await this.logto.add(id, members));
  }

  async replace(id: string, members: ReplaceMembersDto): Promise<void> {
    // Logto accepts an empty replacement even for an organization that does not exist.
    if (members.userIds.length === 0) await this.logto.requireOrganization(id, true);
    await this.logto.replace(id, members);
  }

  async remove(id: string, userId: string): Promise<void> {
    await this.logto.remove(id, userId);
  }
}
