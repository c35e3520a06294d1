import type { MemberDto } from '../members/member.dto.js';
import { publicMember } from '../members/public-member.js';
import type { OrganizationDto } from '../organizations/organization.dto.js';
import { combine } from '../upstream/combine.js';
import { isStale, type Provenance } from '../core/exchange.js';
import { named } from '../http/input/named-ref.dto.js';
import { problemOf } from '../http/problems/problem-of.js';
import type { Part } from './part.js';
import type { MemberList } from './member-list.js';
import type { OverviewDto, OverviewMetaDto, OverviewRoleDto, OverviewSectionDto } from './overview.dto.js';
import { sortMembers, withRole } from './member-order.js';
import type { Order, Sort } from './member-selection.dto.js';
import type { MemberField } from './overview-query.dto.js';
import type { Catalogue, OverviewParts } from './overview.reader.js';

export interface Selection {
  readonly members: boolean;
  readonly roles: boolean;
  /** Undefined means the public profile. */
  readonly memberFields: readonly MemberField[] | undefined;
  readonly memberLimit: number | undefined;
  /** Only members with this role, by id or name. */
  readonly role: string | undefined;
  readonly sort: Sort | undefined;
  readonly order: Order | undefined;
  /** The maximum number of members to read. */
  readonly maxMembers: number;
}

const pick = (member: MemberDto, fields: readonly MemberField[] | undefined): Partial<MemberDto> =>
  fields ? Object.fromEntries(fields.map((field) => [field, member[field]])) : publicMember(member);

const selected = ({ members }: MemberList, { role, sort, order, memberLimit }: Selection): readonly MemberDto[] =>
  sortMembers(withRole(members, role), sort, order).slice(0, memberLimit);

/** The number of members by role; undefined if not all members were read. */
const countRoles = (list: MemberList | undefined): Map<string, number> | undefined => {
  if (!list || list.members.length < list.total) return undefined;
  const counts = new Map<string, number>();
  for (const { organizationRoles } of list.members)
    for (const { id } of organizationRoles) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

const roles = (catalogue: Catalogue, counts: Map<string, number> | undefined): OverviewRoleDto[] =>
  catalogue.roles.map(({ id, name, description, type, scopes }) => ({
    id,
    name,
    description,
    type,
    scopes: scopes.map(named),
    memberCount: counts ? (counts.get(id) ?? 0) : null,
  }));

const available = (provenance: Provenance): OverviewSectionDto => ({
  status: isStale(provenance) ? 'stale' : 'ok',
  source: provenance.source,
  ageMs: provenance.ageMs,
});

const section = (part: Part<Pick<MemberList, 'pages'>>): OverviewSectionDto => {
  if (part.failure) return { status: 'failed', source: 'upstream', ageMs: 0, code: problemOf(part.failure).code };
  return available(combine(part.value.pages));
};

/** The completeness, consistency and age of an aggregate. */
export function metaOf(
  id: string,
  { organization, members, catalogue }: OverviewParts,
  maxMembers: number,
): OverviewMetaDto {
  const list = members?.value;
  const truncated = list !== undefined && list.total > maxMembers && list.members.length >= maxMembers;
  const membersSection = members && section(members);
  return {
    complete: !members?.failure && !catalogue?.failure && !truncated,
    consistent: list?.consistent ?? true,
    memberTotal: list?.total ?? null,
    sections: {
      organization: available(organization.provenance),
      ...(membersSection && { members: truncated ? { ...membersSection, ...truncatedSection(id) } : membersSection }),
      ...(catalogue && { roles: section(catalogue) }),
    },
  };
}

const truncatedSection = (id: string) =>
  ({ status: 'truncated', code: 'overview.too_many_members', link: `/api/organizations/${id}/users/export` }) as const;

/** Builds the overview without `meta`. A pure function: the same parts and selection give the same content. */
export function contentOf(parts: OverviewParts, selection: Selection): Omit<OverviewDto, 'meta'> {
  const { organization, members, catalogue } = parts;
  const list = members?.value;
  return {
    organization: organization.payload.json<OrganizationDto>(),
    ...(selection.members &&
      list && { members: selected(list, selection).map((member) => pick(member, selection.memberFields)) }),
    ...(selection.roles && catalogue?.value && { roles: roles(catalogue.value, countRoles(list)) }),
  };
}
