import { Inject, Injectable } from '@nestjs/common';
import { type Paging, pagingQuery } from '../http/input/paging.dto.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../core/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { withQuery } from '../upstream/requests.js';
import { NAMED, type Shape } from '../core/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';
import type { AddRolesDto, AssignRolesToMembersDto, ReplaceRolesDto } from './assign-roles.dto.js';

interface CatalogueQuery {
  readonly q?: string | undefined;
  /** Absent for an unpaged list, where Logto supports that. */
  readonly paging?: Paging | undefined;
  /** Bypass the cache. */
  readonly refresh?: boolean;
  readonly lane?: ReadRequest['lane'];
}

/** Logto's routes for the roles of members and for the tenant's catalogue of roles. */
@Injectable()
export class RolesUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** A member's roles; Logto's 422 for a non-member. */
  ofMember(id: string, userId: string, paging: Paging | undefined): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: withQuery(this.#memberRolesPath(id, userId), pagingQuery(paging)),
      freshness: FRESHNESS.memberRoles,
      tags: [TAGS.members(id), TAGS.people],
      shape: [NAMED],
    });
  }

  /** The scopes of all of a member's roles; none for a non-member. */
  scopesOfMember(id: string, userId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: `/api/organizations/${id}/users/${userId}/scopes`,
      freshness: FRESHNESS.memberRoles,
      tags: [TAGS.members(id), TAGS.people, TAGS.catalogue],
      shape: [NAMED],
    });
  }

  add(id: string, userId: string, body: AddRolesDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'POST',
      path: this.#memberRolesPath(id, userId),
      body,
      invalidates: this.#changed(id),
    });
  }

  replace(id: string, userId: string, body: ReplaceRolesDto): Promise<UpstreamReply> {
    return this.logto({ method: 'PUT', path: this.#memberRolesPath(id, userId), body, invalidates: this.#changed(id) });
  }

  remove(id: string, userId: string, roleId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'DELETE',
      path: `${this.#memberRolesPath(id, userId)}/${roleId}`,
      invalidates: this.#changed(id),
    });
  }

  assign(id: string, body: AssignRolesToMembersDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'POST',
      path: `/api/organizations/${id}/users/roles`,
      body,
      invalidates: this.#changed(id),
      rows: body.userIds.length * body.organizationRoleIds.length,
    });
  }

  /** The tenant's organization roles with their scopes, sorted by name. */
  catalogue(query: CatalogueQuery): Promise<UpstreamReply> {
    return this.#listCatalogue('/api/organization-roles', [{ ...NAMED, scopes: [NAMED] }], query);
  }

  /** The tenant's organization scopes, sorted by name. */
  scopes(query: CatalogueQuery): Promise<UpstreamReply> {
    return this.#listCatalogue('/api/organization-scopes', [NAMED], query);
  }

  #listCatalogue(
    path: string,
    shape: Shape,
    { q, paging, refresh = false, lane = 'interactive' }: CatalogueQuery,
  ): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: withQuery(path, { q: q || undefined, ...pagingQuery(paging) }),
      freshness: FRESHNESS.catalogue,
      tags: [TAGS.catalogue],
      shape,
      refresh,
      lane,
    });
  }

  #memberRolesPath(id: string, userId: string): string {
    return `/api/organizations/${id}/users/${userId}/roles`;
  }

  #changed(id: string): string[] {
    return [TAGS.members(id), TAGS.memberships];
  }
}
