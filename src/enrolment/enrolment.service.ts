import { Inject, Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { Authorizer } from '../access/authorizer.js';
import type { Caller } from '../access/caller.js';
import { needs } from '../access/permissions.js';
import { ROLE_EVENTS } from '../events/events.tokens.js';
import type { RoleEvents } from '../events/role-events.js';
import { requestContext } from '../context/request-context.js';
import { problemOf } from '../http/problem-of.js';
import { Representation, type Shortfall } from '../http/representation.js';
import { MembersUpstream } from '../members/members.upstream.js';
import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { PAGE_SIZE, readEveryPage } from '../upstream/paging.js';
import { Payload } from '../upstream/payload.js';
import { LogtoRefusal } from '../upstream/upstream-fault.js';
import type { EnrolledMembersDto, EnrolmentDto, EnrolmentResultDto } from './enrolment.dto.js';
import { RoleResolver } from './role-resolver.js';

/** Rows of one INSERT; see AssignRolesToMembersDto. */
const MOST_ROWS = 500;
/** Groups written side by side. */
const AT_ONCE = 4;

/** What becomes of one user. `failure` may come at any step; `roleIds` are known once they are resolved. */
interface Candidate {
  readonly userId: string;
  readonly roleIds: readonly string[];
  wasMember: boolean;
  failure?: unknown;
  /** How far it got before it failed. */
  reached?: string;
}

/** Adds members with their roles: one write for the memberships, and one for each distinct set of roles. */
@Injectable()
export class EnrolmentService {
  constructor(
    private readonly members: MembersUpstream,
    private readonly roles: RolesUpstream,
    private readonly authorizer: Authorizer,
    @Inject(ROLE_EVENTS) private readonly events: RoleEvents | undefined,
  ) {}

  async enrol(id: string, enrolments: readonly EnrolmentDto[], caller: Caller): Promise<Representation> {
    const namesRoles = enrolments.some(
      ({ organizationRoleIds = [], organizationRoleNames = [] }) =>
        organizationRoleIds.length + organizationRoleNames.length > 0,
    );
    if (namesRoles) await this.authorizer.require(caller, needs('manage:roles'), id, true);
    const [resolver, known] = await Promise.all([
      namesRoles ? this.#resolver(enrolments) : new RoleResolver([]),
      this.members.whoIs(id, [...new Set(enrolments.map(({ userId }) => userId))]),
      this.members.requireOrganization(id, true),
    ]);
    const candidates = enrolments.map((enrolment) => candidateOf(enrolment, resolver, known));
    await this.#addMissing(id, candidates);
    await this.#giveRoles(id, candidates);
    return answer(id, candidates);
  }

  /** Knows the roles named; a role made moments ago is looked for at Logto before it is called unknown. */
  async #resolver(enrolments: readonly EnrolmentDto[]): Promise<RoleResolver> {
    const remembered = new RoleResolver(await this.#catalogue(false));
    return enrolments.every((enrolment) => remembered.knows(enrolment))
      ? remembered
      : new RoleResolver(await this.#catalogue(true));
  }

  async #catalogue(refresh: boolean): Promise<CatalogueRoleDto[]> {
    const { pages } = await readEveryPage(
      (page) => this.roles.catalogue({ paging: { page, pageSize: PAGE_SIZE }, refresh }),
      { fanout: AT_ONCE },
    );
    return pages.flatMap((page) => page.payload.json<CatalogueRoleDto[]>());
  }

  async #addMissing(id: string, candidates: readonly Candidate[]): Promise<void> {
    const missing = candidates.filter(({ failure, wasMember }) => !failure && !wasMember);
    if (missing.length === 0) return;
    try {
      await this.members.add(id, { userIds: [...new Set(missing.map(({ userId }) => userId))] });
    } catch (failure) {
      for (const candidate of missing) candidate.failure = failure;
    }
  }

  async #giveRoles(id: string, candidates: readonly Candidate[]): Promise<void> {
    const groups = groupByRoles(candidates);
    await pMap(
      groups,
      async (group) => {
        const userIds = [...new Set(group.map(({ userId }) => userId))];
        const organizationRoleIds = [...(group[0]?.roleIds ?? [])];
        const assign = () => this.roles.assign(id, { userIds, organizationRoleIds });
        const changes = () => userIds.map((userId) => ({ userId, addedRoleIds: organizationRoleIds }));
        try {
          await (this.events ? this.events.write(id, assign, changes) : assign());
        } catch (failure) {
          for (const candidate of group)
            Object.assign(candidate, { failure, reached: 'The user is a member, but these roles were not given.' });
        }
      },
      { concurrency: AT_ONCE },
    );
  }
}

const candidateOf = (
  enrolment: EnrolmentDto,
  resolver: RoleResolver,
  { existing, members }: { existing: ReadonlySet<string>; members: ReadonlySet<string> },
): Candidate => {
  const { userId } = enrolment;
  const wasMember = members.has(userId);
  try {
    if (!existing.has(userId))
      throw new LogtoRefusal(422, 'entity.relation_foreign_key_not_found', `There is no user with the id ${userId}.`);
    return { userId, wasMember, roleIds: resolver.idsOf(enrolment) };
  } catch (failure) {
    return { userId, wasMember, roleIds: [], failure };
  }
};

/** Users who get the same roles, in groups that Logto inserts quickly. */
const groupByRoles = (candidates: readonly Candidate[]): Candidate[][] => {
  const bySet = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    if (candidate.failure || candidate.roleIds.length === 0) continue;
    const key = candidate.roleIds.join(' ');
    bySet.set(key, [...(bySet.get(key) ?? []), candidate]);
  }
  return [...bySet.values()].flatMap((group) => {
    const size = Math.max(1, Math.floor(MOST_ROWS / (group[0]?.roleIds.length ?? 1)));
    return Array.from({ length: Math.ceil(group.length / size) }, (_, index) =>
      group.slice(index * size, (index + 1) * size),
    );
  });
};

/** Where nobody got anything and Logto is sure of it, nothing was changed. */
const shortfallOf = (candidates: readonly Candidate[], failed: readonly EnrolmentResultDto[]): Shortfall => {
  const isUnsure = failed.some(({ problem }) => problem !== undefined && problem.status >= 500);
  const isNothing = candidates.every(({ failure, reached }) => failure !== undefined && reached === undefined);
  return {
    outcome: isUnsure ? 'unknown' : isNothing ? 'refused' : 'partly',
    failedUserIds: failed.map(({ userId }) => userId),
  };
};

const answer = (id: string, candidates: readonly Candidate[]): Representation => {
  const results = candidates.map((candidate) => resultOf(id, candidate));
  const body: EnrolledMembersDto = { results };
  const failed = results.filter(({ status }) => status === 'failed');
  return new Representation(Payload.of(body), FROM_UPSTREAM, {
    storable: false,
    status: failed.length > 0 ? 200 : 201,
    ...(failed.length > 0 && { shortfall: shortfallOf(candidates, failed) }),
    passing: results.some(({ problem }) => problem !== undefined && problem.status >= 500),
  });
};

const resultOf = (id: string, { userId, wasMember, failure, reached }: Candidate): EnrolmentResultDto => {
  if (failure === undefined) return { userId, status: wasMember ? 'already-member' : 'added' };
  const { errors, ...body } = problemOf(failure).toBody({
    instance: `/api/organizations/${id}/members`,
    requestId: requestContext()?.id ?? '',
  });
  const detail = reached ? `${body.detail} ${reached}` : body.detail;
  return {
    userId,
    status: 'failed',
    problem: { ...body, detail, message: detail, ...(errors && { errors: [...errors] }) },
  };
};
