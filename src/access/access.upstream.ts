import { Inject, Injectable } from '@nestjs/common';
import type { Exchange } from '../core/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { PAGE_SIZE, readEveryPage } from '../upstream/paging.js';
import { withQuery } from '../upstream/requests.js';
import { NAMED } from '../core/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';

interface Named {
  readonly id: string;
  readonly name: string;
}

interface RoleWithScopes extends Named {
  readonly scopes: readonly Named[];
  readonly resourceScopes: readonly Named[];
}

/** Reads for the live check of permissions; they are cached for seconds only. */
@Injectable()
export class AccessUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** Ids of a user's or machine's roles in an organization. Logto refuses with an error for non-members. */
  async rolesOf(organizationId: string, subject: string, machine: boolean): Promise<ReadonlySet<string>> {
    const kind = machine ? 'applications' : 'users';
    const reply = await this.logto({
      method: 'GET',
      path: `/api/organizations/${encodeURIComponent(organizationId)}/${kind}/${encodeURIComponent(subject)}/roles`,
      freshness: FRESHNESS.permission,
      tags: [TAGS.members(organizationId), TAGS.people],
      shape: [NAMED],
    });
    return new Set(reply.payload.json<Named[]>().map(({ id }) => id));
  }

  /** All organization roles of the tenant with their scopes. */
  async catalogue(): Promise<readonly RoleWithScopes[]> {
    const { pages } = await readEveryPage(
      (page) =>
        this.logto({
          method: 'GET',
          path: withQuery('/api/organization-roles', { page, page_size: PAGE_SIZE }),
          freshness: FRESHNESS.permission,
          tags: [TAGS.catalogue],
          shape: [{ ...NAMED, scopes: [NAMED], resourceScopes: [NAMED] }],
        }),
      { fanout: 2 },
    );
    return pages.flatMap((page) => page.payload.json<RoleWithScopes[]>());
  }
}
