import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { OrganizationsUpstream } from '../organizations/organizations.upstream.js';
import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import type { UpstreamReply } from '../core/exchange.js';
import { PAGE_SIZE, readEveryPage } from '../upstream/paging.js';
import { type MemberList, readMembers } from './member-list.js';
import { type Part, toPart } from './part.js';

export interface Catalogue {
  readonly roles: readonly CatalogueRoleDto[];
  readonly pages: readonly UpstreamReply[];
}

/** The parts of an overview. The organization is required; the others may be missing. */
export interface OverviewParts {
  readonly organization: UpstreamReply;
  readonly members: Part<MemberList> | undefined;
  readonly catalogue: Part<Catalogue> | undefined;
}

export interface RequestedParts {
  /** The maximum number of members; undefined for no members. */
  readonly members: number | undefined;
  readonly catalogue: boolean;
}

/** Calls for overviews have a lower priority than those for single resources. */
const lane = 'aggregate';

/** Reads the parts concurrently. They share the cached responses of the routes for the single parts. */
@Injectable()
export class OverviewReader {
  readonly #fanout: number;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly organizations: OrganizationsUpstream,
    private readonly members: MembersUpstream,
    private readonly roles: RolesUpstream,
  ) {
    this.#fanout = config.upstream.fanout;
  }

  /** Throws if the organization is not available: there is no overview without it. */
  async read(id: string, requested: RequestedParts): Promise<OverviewParts> {
    const [organization, members, catalogue] = await Promise.all([
      this.organizations.find(id, false, lane),
      requested.members === undefined ? undefined : toPart(this.#members(id, requested.members)),
      requested.catalogue ? toPart(this.#catalogue()) : undefined,
    ]);
    return { organization, members, catalogue };
  }

  #members(id: string, limit: number): Promise<MemberList> {
    return readMembers(
      (page, refresh) => this.members.list(id, { paging: { page, pageSize: PAGE_SIZE }, refresh, lane }),
      { fanout: this.#fanout, limit },
    );
  }

  async #catalogue(): Promise<Catalogue> {
    const { pages } = await readEveryPage(
      (page) => this.roles.catalogue({ paging: { page, pageSize: PAGE_SIZE }, lane }),
      { fanout: this.#fanout },
    );
    return { roles: pages.flatMap((page) => page.payload.json<CatalogueRoleDto[]>()), pages };
  }
}
