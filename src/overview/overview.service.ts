import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { type InputFault, invalidInput, Problem } from '../http/problems/problem.js';
import type { Representation } from '../http/answers/representation.js';
import { PUBLIC_FIELDS } from '../members/public-member.js';
import { representAggregate } from './aggregate.js';
import type { OverviewDto, OverviewMetaDto } from './overview.dto.js';
import { contentOf, metaOf, type Selection } from './overview.document.js';
import type { Sort } from './member-selection.dto.js';
import { type MemberField, type OverviewQueryDto, PARTS } from './overview-query.dto.js';
import { type OverviewParts, OverviewReader } from './overview.reader.js';

type Place = 'query' | 'body';

const isPublic = (field: MemberField): boolean => (PUBLIC_FIELDS as readonly string[]).includes(field);

/** One organization with everything that a screen about it needs. */
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

  /** The overview as an object, for a request of several overviews. */
  async document(id: string, query: OverviewQueryDto, caller: Caller): Promise<OverviewDto> {
    const { parts, selection, meta } = await this.#read(id, query, caller, 'body');
    return { ...contentOf(parts, selection), meta };
  }

  /** @param place where the selection was given, for error messages */
  async #read(id: string, query: OverviewQueryDto, caller: Caller, place: Place) {
    const selection = this.#select(query, caller, place);
    const { role, memberLimit, sort } = selection;
    // Counting roles, filtering and sorting need all members, even if the response does not contain them.
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
        { in: place, pointer: '/order', code: 'without_sort', detail: 'order is the direction of sort and needs sort' },
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

/** Only service tokens may select fields outside the public profile, or sort by them, because the order would reveal them. */
function requirePublic(
  { memberFields = [], sort }: { memberFields: readonly MemberField[] | undefined; sort: Sort | undefined },
  place: Place,
): void {
  const notPublic = memberFields.filter((field) => !isPublic(field));
  const detail = (fields: string): string =>
    `${fields} can be read with a service token only; the public fields are ${PUBLIC_FIELDS.join(', ')}`;
  const faults: InputFault[] = [];
  if (notPublic.length > 0)
    faults.push({ in: place, pointer: '/memberFields', code: 'not_public', detail: detail(notPublic.join(', ')) });
  if (sort && !isPublic(sort)) faults.push({ in: place, pointer: '/sort', code: 'not_public', detail: detail(sort) });
  if (faults.length > 0) throw invalidInput(faults);
}

/** Without this check, an unknown role would look like a role without members. */
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

/** Throws the problem of the first missing part, for `strict=true`. */
function requireComplete({ members, catalogue }: OverviewParts, meta: OverviewMetaDto): void {
  const failure = members?.failure ?? catalogue?.failure;
  if (failure) throw failure;
  if (!meta.complete) {
    throw new Problem(
      'unprocessable',
      `The organization has ${meta.memberTotal} members, more than an overview can contain; export them instead (…/users/export).`,
      { code: 'overview.too_many_members' },
    );
  }
}
