import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { named, type NamedRefDto } from '../http/named-ref.dto.js';
import { Problem } from '../http/problem.js';
import { Representation } from '../http/representation.js';
import type { PublicMemberDto } from '../members/member.dto.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { publicMember } from '../members/public-member.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import { combine } from '../upstream/combine.js';
import { Payload } from '../upstream/payload.js';
import { LogtoRefusal } from '../upstream/upstream-fault.js';

/** One member with everything about it; Logto has no such route. */
@Injectable()
export class MemberProfileService {
  constructor(
    private readonly members: MembersUpstream,
    private readonly roles: RolesUpstream,
  ) {}

  /** 404 for who is no member, whether or not the user or the organization exists. */
  async get(id: string, userId: string, caller: Caller): Promise<Representation> {
    const [user, roles, scopes] = await Promise.all([
      this.members.user(userId),
      this.roles.ofMember(id, userId, undefined),
      this.roles.scopesOfMember(id, userId),
    ]).catch(notAMember);
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

const notAMember = (error: unknown): never => {
  if (!(error instanceof LogtoRefusal)) throw error;
  throw new Problem('not-found', 'The organization has no such member.', { code: 'entity.not_found' });
};
