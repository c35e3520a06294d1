import { Inject, Injectable } from '@nestjs/common';
import type { Exchange, UpstreamReply } from '../core/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { NAMED } from '../core/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';

/** Logto's route for a user's organizations. */
@Injectable()
export class MeUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** All organizations of a user with the user's roles; Logto does not page them. */
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
