import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { OrganizationsUpstream } from '../organizations/organizations.upstream.js';
import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { PAGE_SIZE, readEveryPage } from '../upstream/paging.js';
import { type MemberList, readMembers } from './member-list.js';
import { type Part, settle } from './part.js';

export interface Catalogue {
  readonly roles: readonly CatalogueRoleDto[];
  readonly pages: readonly UpstreamReply[];
}

/** What an overview is made of. The organization is the subject; the others may be missing. */
export interface OverviewParts {
  readonly organization: UpstreamReply;
  readonly members: Part<MemberList> | undefined;
  readonly catalogue: Part<Catalogue> | undefined;
}

export interface Wanted {
  /** Members wanted at most; undefined for none. */
  readonly members: number | undefined;
  readonly catalogue: boolean;
}

/** An overview waits behind those who ask for little. */
const lane = 'aggregate';

/** Reads the parts side by side, from the same cached answers as the routes that give one of them. */
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

  /** Throws when the organization cannot be had: without the subject there is no answer. */
  async read(id: string, wanted: Wanted): Promise<OverviewParts> {
    const [organization, members, catalogue] = await Promise.all([
      this.organizations.find(id, false, lane),
      wanted.members === undefined ? undefined : settle(this.#members(id, wanted.members)),
      wanted.catalogue ? settle(this.#catalogue()) : undefined,
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
