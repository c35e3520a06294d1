import { Inject, Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { Authorizer } from '../access/authorizer.js';
import type { Caller } from '../access/caller.js';
import { needs } from '../access/permissions.js';
import { ROLE_EVENTS } from '../events/events.tokens.js';
import type { RoleEvents } from '../events/role-events.js';
import { requestContext } from '../core/request-context.js';
import { problemOf } from '../http/problems/problem-of.js';
import { Representation, type PartialFailure } from '../http/answers/representation.js';
import { MembersUpstream } from '../members/members.upstream.js';
import type { CatalogueRoleDto } from '../roles/role.dto.js';
import { RolesUpstream } from '../roles/roles.upstream.js';
import { FROM_UPSTREAM } from '../core/exchange.js';
import { PAGE_SIZE, readEveryPage } from '../upstream/paging.js';
import { Payload } from '../core/payload.js';
import { LogtoRefusal } from '../core/faults.js';
import type {
  AddedMembersWithRolesDto,
  MemberWithRolesDto,
  MemberWithRolesResultDto,
} from './members-with-roles.dto.js';
import { RoleResolver } from './role-resolver.js';

/** The maximum rows of one INSERT; see AssignRolesToMembersDto. */
const MAX_ROWS = 500;
const CONCURRENCY = 4;

/** The state of one user. Each step may set `failure`. */
interface Candidate {
  readonly userId: string;
  readonly roleIds: readonly string[];
  wasMember: boolean;
  failure?: unknown;
  /** What was done before the failure. */
  progress?: string;
}

/** Adds members with their roles, with one write for the memberships and one for each distinct set of roles. */
@Injectable()
export class MembersWithRolesService {
  constructor(
    private readonly members: MembersUpstream,
    private readonly roles: RolesUpstream,
    private readonly authorizer: Authorizer,
    @Inject(ROLE_EVENTS) private readonly events: RoleEvents | undefined,
  ) {}

  async add(id: string, requested: readonly MemberWithRolesDto[], caller: Caller): Promise<Representation> {
    const hasRoles = requested.some(
      ({ organizationRoleIds = [], organizationRoleNames = [] }) =>
        organizationRoleIds.length + organizationRoleNames.length > 0,
    );
    if (hasRoles) await this.authorizer.require(caller, needs('manage:roles'), id, true);
    const [resolver, users] = await Promise.all([
      hasRoles ? this.#resolver(requested) : new RoleResolver([]),
      this.members.lookUpUsers(id, [...new Set(requested.map(({ userId }) => userId))]),
      this.members.requireOrganization(id, true),
    ]);
    const candidates = requested.map((member) => candidateOf(member, resolver, users));
    await this.#addMissing(id, candidates);
    await this.#assignRoles(id, candidates);
    return representResults(id, candidates);
  }

  /** Uses the cached catalogue, and reads it again if it lacks a role, which may have been created just now. */
  async #resolver(requested: readonly MemberWithRolesDto[]): Promise<RoleResolver> {
    const cached = new RoleResolver(await this.#catalogue(false));
    return requested.every((member) => cached.knows(member)) ? cached : new RoleResolver(await this.#catalogue(true));
  }

  async #catalogue(refresh: boolean): Promise<CatalogueRoleDto[]> {
    const { pages } = await readEveryPage(
      (page) => this.roles.catalogue({ paging: { page, pageSize: PAGE_SIZE }, refresh }),
      { fanout: CONCURRENCY },
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

  async #assignRoles(id: string, candidates: readonly Candidate[]): Promise<void> {
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
            Object.assign(candidate, { failure, progress: 'The user is a member, but these roles were not assigned.' });
        }
      },
      { concurrency: CONCURRENCY },
    );
  }
}

const candidateOf = (
  member: MemberWithRolesDto,
  resolver: RoleResolver,
  { existing, members }: { existing: ReadonlySet<string>; members: ReadonlySet<string> },
): Candidate => {
  const { userId } = member;
  const wasMember = members.has(userId);
  try {
    if (!existing.has(userId))
      throw new LogtoRefusal(422, 'entity.relation_foreign_key_not_found', `There is no user with the id ${userId}.`);
    return { userId, wasMember, roleIds: resolver.idsOf(member) };
  } catch (failure) {
    return { userId, wasMember, roleIds: [], failure };
  }
};

/** Groups users with the same roles, in groups small enough for one INSERT. */
const groupByRoles = (candidates: readonly Candidate[]): Candidate[][] => {
  const bySet = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    if (candidate.failure || candidate.roleIds.length === 0) continue;
    const key = candidate.roleIds.join(' ');
    bySet.set(key, [...(bySet.get(key) ?? []), candidate]);
  }
  return [...bySet.values()].flatMap((group) => {
    const size = Math.max(1, Math.floor(MAX_ROWS / (group[0]?.roleIds.length ?? 1)));
    return Array.from({ length: Math.ceil(group.length / size) }, (_, index) =>
      group.slice(index * size, (index + 1) * size),
    );
  });
};

const partialFailureOf = (
  candidates: readonly Candidate[],
  failed: readonly MemberWithRolesResultDto[],
): PartialFailure => {
  const isUnknown = failed.some(({ problem }) => problem !== undefined && problem.status >= 500);
  const isUnchanged = candidates.every(({ failure, progress }) => failure !== undefined && progress === undefined);
  return {
    outcome: isUnknown ? 'unknown' : isUnchanged ? 'refused' : 'partly',
    failedUserIds: failed.map(({ userId }) => userId),
  };
};

const representResults = (id: string, candidates: readonly Candidate[]): Representation => {
  const results = candidates.map((candidate) => resultOf(id, candidate));
  const body: AddedMembersWithRolesDto = { results };
  const failed = results.filter(({ status }) => status === 'failed');
  return new Representation(Payload.of(body), FROM_UPSTREAM, {
    storable: false,
    status: failed.length > 0 ? 200 : 201,
    ...(failed.length > 0 && { partialFailure: partialFailureOf(candidates, failed) }),
    transient: results.some(({ problem }) => problem !== undefined && problem.status >= 500),
  });
};

const resultOf = (id: string, { userId, wasMember, failure, progress }: Candidate): MemberWithRolesResultDto => {
  if (failure === undefined) return { userId, status: wasMember ? 'already-member' : 'added' };
  const { errors, ...body } = problemOf(failure).toBody({
    instance: `/api/organizations/${id}/members`,
    requestId: requestContext()?.id ?? '',
  });
  const detail = progress ? `${body.detail} ${progress}` : body.detail;
  return {
    userId,
    status: 'failed',
    problem: { ...body, detail, message: detail, ...(errors && { errors: [...errors] }) },
  };
};
