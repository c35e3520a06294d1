import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { invalidInput, Problem } from '../http/problem.js';
import type { Representation } from '../http/representation.js';
import { PUBLIC_FIELDS } from '../members/public-member.js';
import { representAggregate } from './aggregate.js';
import type { OverviewDto } from './overview.dto.js';
import { overviewOf, type Selection } from './overview.document.js';
import { type MemberField, type OverviewQueryDto, PARTS } from './overview-query.dto.js';
import { type OverviewParts, OverviewReader } from './overview.reader.js';

const isPublic = (field: MemberField): boolean => (PUBLIC_FIELDS as readonly string[]).includes(field);

/** One organization with everything a screen about it needs. */
@Injectable()
export class OverviewService {
  readonly #maxMembers: number;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly reader: OverviewReader,
  ) {
    this.#maxMembers = config.overview.maxMembers;
  }

  async get(id: string, query: OverviewQueryDto, caller: Caller): Promise<Representation> {
    const selection = this.#select(query, caller);
    const parts = await this.reader.read(id, {
      // Roles are counted over all members, wanted in the answer or not.
      members: selection.roles ? this.#maxMembers : Math.min(selection.memberLimit ?? this.#maxMembers, this.#maxMembers),
      catalogue: selection.roles,
    });
    const overview = overviewOf(id, parts, selection);
    if (query.strict === 'true') requireComplete(parts, overview);
    return representAggregate(parts, overview, selection);
  }

  #select({ include = [...PARTS], memberFields, memberLimit }: OverviewQueryDto, caller: Caller): Selection {
    const secret = caller.kind === 'service' ? [] : (memberFields ?? []).filter((field) => !isPublic(field));
    if (secret.length > 0) {
      throw invalidInput([{ in: 'query', pointer: '/memberFields', code: 'not_public', detail: `${secret.join(', ')} can be read with a service token only; choose from ${PUBLIC_FIELDS.join(', ')}` }]);
    }
    return { members: include.includes('members'), roles: include.includes('roles'), memberFields, memberLimit, maxMembers: this.#maxMembers };
  }
}

/** The problem of the first part that is missing, for callers who take all or nothing. */
function requireComplete({ members, catalogue }: OverviewParts, { meta }: OverviewDto): void {
  const failure = members?.failure ?? catalogue?.failure;
  if (failure) throw failure;
  if (!meta.complete) {
    throw new Problem('unprocessable', `The organization has ${meta.memberTotal} members, more than an overview holds; read them page by page.`, { code: 'overview.too_many_members' });
  }
}
