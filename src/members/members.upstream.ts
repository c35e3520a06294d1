import { Inject, Injectable } from '@nestjs/common';
import { type Paging, pagingQuery } from '../http/input/paging.dto.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../core/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { PAGE_SIZE } from '../upstream/paging.js';
import { withQuery } from '../upstream/requests.js';
import { NAMED } from '../core/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';
import type { AddMembersDto, ReplaceMembersDto } from './members.dto.js';

const MEMBERS = [{ id: 'string', organizationRoles: [NAMED] }] as const;

interface ListQuery {
  readonly q?: string | undefined;
  readonly organizationRoleId?: string | undefined;
  readonly paging: Paging;
  /** Bypass the cache. */
  readonly refresh?: boolean;
  readonly lane?: ReadRequest['lane'];
}

/** Logto's routes for members of an organization. */
@Injectable()
export class MembersUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** Members sorted by user id, each with its roles. For an unknown organization Logto returns an empty list. */
  list(
    id: string,
    { q, organizationRoleId, paging, refresh = false, lane = 'interactive' }: ListQuery,
  ): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: withQuery(`/api/organizations/${id}/users`, {
        q: q || undefined,
        organizationRoleId,
        ...pagingQuery(paging),
      }),
      freshness: FRESHNESS.members,
      tags: [TAGS.members(id), TAGS.people],
      shape: MEMBERS,
      refresh,
      lane,
    });
  }

  /** A page of members for an export. It bypasses the cache, because a large export would evict everything else. */
  exportPage(id: string, page: number): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: withQuery(`/api/organizations/${id}/users`, { page, page_size: PAGE_SIZE }),
      freshness: FRESHNESS.export,
      tags: [TAGS.members(id), TAGS.people],
      shape: MEMBERS,
      lane: 'aggregate',
      streamed: true,
    });
  }

  /** A user, member or not; Logto's 404 for an unknown id. */
  user(userId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: `/api/users/${userId}`,
      freshness: FRESHNESS.members,
      tags: [TAGS.user(userId)],
      shape: { id: 'string' },
    });
  }

  /** Which of these users exist, and which of them are members; at most 100 ids. Never cached, because a write depends on it. */
  async lookUpUsers(
    id: string,
    userIds: readonly string[],
  ): Promise<{ existing: ReadonlySet<string>; members: ReadonlySet<string> }> {
    const search = userIds.map((userId) => `search.id=${userId}`).join('&');
    const find = async (filter: string): Promise<Set<string>> => {
      const path = `/api/users?${search}&mode.id=exact&page=1&page_size=${PAGE_SIZE}${filter}`;
      const reply = await this.logto({
        method: 'GET',
        path,
        freshness: FRESHNESS.users,
        tags: [],
        shape: [{ id: 'string' }],
      });
      return new Set(reply.payload.json<{ id: string }[]>().map((user) => user.id));
    };
    const [existing, nonMembers] = await Promise.all([find(''), find(`&excludeOrganizationId=${id}`)]);
    return { existing, members: new Set([...existing].filter((userId) => !nonMembers.has(userId))) };
  }

  /** Throws Logto's 404 for an unknown organization, which the list of members does not. */
  async requireOrganization(id: string, refresh = false): Promise<void> {
    await this.logto({
      method: 'GET',
      path: `/api/organizations/${id}`,
      freshness: FRESHNESS.organization,
      tags: [TAGS.organization(id)],
      refresh,
    });
  }

  add(id: string, body: AddMembersDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'POST',
      path: `/api/organizations/${id}/users`,
      body,
      invalidates: this.#changed(id),
      rows: body.userIds.length,
    });
  }

  replace(id: string, body: ReplaceMembersDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'PUT',
      path: `/api/organizations/${id}/users`,
      body,
      invalidates: this.#changed(id),
      rows: body.userIds.length,
    });
  }

  remove(id: string, userId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'DELETE',
      path: `/api/organizations/${id}/users/${userId}`,
      invalidates: this.#changed(id),
    });
  }

  #changed(id: string): string[] {
    return [TAGS.members(id), TAGS.memberships];
  }
}
