import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { type InputFault, invalidInput, Problem } from '../http/problem.js';
import type { Representation } from '../http/representation.js';
import { PUBLIC_FIELDS } from '../members/public-member.js';
import { representAggregate } from './aggregate.js';
import type { OverviewDto, OverviewMetaDto } from './overview.dto.js';
import { contentOf, metaOf, type Selection } from './overview.document.js';
import type { Sort } from './member-selection.dto.js';
import { type MemberField, type OverviewQueryDto, PARTS } from './overview-query.dto.js';
import { type OverviewParts, OverviewReader } from './overview.reader.js';

type Place = 'query' | 'body';

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
    const { parts, selection, meta } = await this.#read(id, query, caller, 'query');
    return representAggregate(parts, { content: () => contentOf(parts, selection), meta }, selection);
  }

  /** The same as one of several that were selected in a body. */
  async document(id: string, query: OverviewQueryDto, caller: Caller): Promise<OverviewDto> {
    const { parts, selection, meta } = await this.#read(id, query, caller, 'body');
    return { ...contentOf(parts, selection), meta };
  }

  /** @param place where the selection was given, for its faults */
  async #read(id: string, query: OverviewQueryDto, caller: Caller, place: Place) {
    const selection = this.#select(query, caller, place);
    const { role, memberLimit, sort } = selection;
    // To count roles, to filter and to sort, all members are needed, wanted in the answer or not.
    const needsAll = selection.roles || role !== undefined || sort !== undefined;
    const parts = await this.reader.read(id, {
      members: needsAll ? this.#maxMembers : Math.min(memberLimit ?? this.#maxMembers, this.#maxMembers),
      catalogue: selection.roles || role !== undefined,
    });
    if (role !== undefined) requireKnownRole(role, parts, place);
    const meta = metaOf(id, parts, selection.maxMembers);
    if (query.strict === 'true') requireComplete(parts, meta);
    return { parts, selection, meta };
  }

  #select(
    { include = [...PARTS], memberFields, memberLimit, role, sort, order }: OverviewQueryDto,
    caller: Caller,
    place: Place,
  ): Selection {
    if (order !== undefined && sort === undefined) {
      throw invalidInput([
        { in: place, pointer: '/order', code: 'without_sort', detail: 'order is the direction of sort: give sort too' },
      ]);
    }
    if (caller.kind !== 'service') requirePublic({ memberFields, sort }, place);
    return {
      members: include.includes('members'),
      roles: include.includes('roles'),
      memberFields,
      memberLimit,
      role,
      sort,
      order,
      maxMembers: this.#maxMembers,
    };
  }
}

/** What is not in the public profile cannot be asked for, nor told apart by the order, with another token than a service's. */
function requirePublic(
  { memberFields = [], sort }: { memberFields: readonly MemberField[] | undefined; sort: Sort | undefined },
  place: Place,
): void {
  const secret = memberFields.filter((field) => !isPublic(field));
  const detail = (what: string): string =>
    `${what} can be read with a service token only; choose from ${PUBLIC_FIELDS.join(', ')}`;
  const faults: InputFault[] = [];
  if (secret.length > 0)
    faults.push({ in: place, pointer: '/memberFields', code: 'not_public', detail: detail(secret.join(', ')) });
  if (sort && !isPublic(sort)) faults.push({ in: place, pointer: '/sort', code: 'not_public', detail: detail(sort) });
  if (faults.length > 0) throw invalidInput(faults);
}

/** A filter by a role that does not exist would look like a role nobody has. */
function requireKnownRole(role: string, { catalogue }: OverviewParts, place: Place): void {
  if (!catalogue?.value || catalogue.value.roles.some(({ id, name }) => id === role || name === role)) return;
  throw invalidInput([
    {
      in: place,
      pointer: '/role',
      code: 'unknown_role',
      detail: `no organization role has the id or the name ${JSON.stringify(role)}`,
    },
  ]);
}

/** The problem of the first part that is missing, for callers who take all or nothing. */
function requireComplete({ members, catalogue }: OverviewParts, meta: OverviewMetaDto): void {
  const failure = members?.failure ?? catalogue?.failure;
  if (failure) throw failure;
  if (!meta.complete) {
    throw new Problem(
      'unprocessable',
      `The organization has ${meta.memberTotal} members, more than an overview holds; export them instead (…/users/export).`,
      { code: 'overview.too_many_members' },
    );
  }
}
