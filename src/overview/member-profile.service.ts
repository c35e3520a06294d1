import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { named, type NamedRefDto } from '../http/input/named-ref.dto.js';
import { Problem } from '../http/problems/problem.js';
import { Representation } from '../http/answers/representation.js';
import type { PublicMemberDto } from '../members/member.dto.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { publicMember } from '../members/public-member.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import { combine } from '../upstream/combine.js';
import { Payload } from '../core/payload.js';
import { LogtoRefusal } from '../core/faults.js';

/** One member with roles and scopes; Logto has no such route. */
@Injectable()
export class MemberProfileService {
  constructor(
    private readonly members: MembersUpstream,
    private readonly roles: RolesUpstream,
  ) {}

  /** 404 for a non-member, whether or not the user and the organization exist. */
  async get(id: string, userId: string, caller: Caller): Promise<Representation> {
    const [user, roles, scopes] = await Promise.all([
      this.members.user(userId),
      this.roles.ofMember(id, userId, undefined),
      this.roles.scopesOfMember(id, userId),
    ]).catch(toNotFound);
    const member = {
      ...user.payload.json<PublicMemberDto>(),
      organizationRoles: roles.payload.json<NamedRefDto[]>().map(named),
    };
    const profile = {
      ...(caller.kind === 'service' ? member : publicMember(member)),
      scopes: scopes.payload.json<NamedRefDto[]>().map(named),
    };
    return new Representation(Payload.of(profile), combine([user, roles, scopes]));
  }
}

const toNotFound = (error: unknown): never => {
  if (!(error instanceof LogtoRefusal)) throw error;
  throw new Problem('not-found', 'The organization has no such member.', { code: 'entity.not_found' });
};
