import { Inject, Injectable } from '@nestjs/common';
import type { Exchange, UpstreamReply } from '../upstream/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { NAMED } from '../upstream/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';

/** Logto's route for what a user belongs to. */
@Injectable()
export class MeUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** Every organization of a user with the user's roles there; Logto gives them whole. */
  organizations(userId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: `/api/users/${encodeURIComponent(userId)}/organizations`,
      freshness: FRESHNESS.memberRoles,
      tags: [TAGS.memberships, TAGS.organizations, TAGS.catalogue],
      shape: [{ id: 'string', organizationRoles: [NAMED] }],
    });
  }
}
