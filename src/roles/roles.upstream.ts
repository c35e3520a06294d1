import { Inject, Injectable } from '@nestjs/common';
import { type Paging, pagingQuery } from '../http/paging.dto.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../upstream/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { withQuery } from '../upstream/requests.js';
import { NAMED, type Shape } from '../upstream/shape.js';
import { LOGTO } from '../upstream/upstream.tokens.js';
import type { AddRolesDto, AssignRolesToMembersDto, ReplaceRolesDto } from './assign-roles.dto.js';

interface CatalogueQuery {
  readonly q?: string | undefined;
  /** Absent: everything at once, where Logto allows that. */
  readonly paging?: Paging | undefined;
  /** Ask Logto whatever the cache knows. */
  readonly refresh?: boolean;
  readonly lane?: ReadRequest['lane'];
}

/** Logto's routes for roles: those of members, and the tenant's catalogue. */
@Injectable()
export class RolesUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  /** A member's roles. Logto refuses with 422 for who is no member. */
  ofMember(id: string, userId: string, paging: Paging | undefined): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: withQuery(this.#member(id, userId), pagingQuery(paging)),
      freshness: FRESHNESS.memberRoles,
      tags: [TAGS.members(id), TAGS.people],
      shape: [NAMED],
    });
  }

  /** The scopes a member's roles give together; none for who is no member. */
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
    return this.logto({ method: 'POST', path: this.#member(id, userId), body, invalidates: this.#touched(id) });
  }

  replace(id: string, userId: string, body: ReplaceRolesDto): Promise<UpstreamReply> {
    return this.logto({ method: 'PUT', path: this.#member(id, userId), body, invalidates: this.#touched(id) });
  }

  remove(id: string, userId: string, roleId: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'DELETE',
      path: `${this.#member(id, userId)}/${roleId}`,
      invalidates: this.#touched(id),
    });
  }

  assign(id: string, body: AssignRolesToMembersDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'POST',
      path: `/api/organizations/${id}/users/roles`,
      body,
      invalidates: this.#touched(id),
      rows: body.userIds.length * body.organizationRoleIds.length,
    });
  }

  /** The tenant's organization roles by name, each with what it gives. */
  catalogue(query: CatalogueQuery): Promise<UpstreamReply> {
    return this.#tenant('/api/organization-roles', [{ ...NAMED, scopes: [NAMED] }], query);
  }

  /** The tenant's organization scopes by name. */
  scopes(query: CatalogueQuery): Promise<UpstreamReply> {
    return this.#tenant('/api/organization-scopes', [NAMED], query);
  }

  #tenant(
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

  #member(id: string, userId: string): string {
    return `/api/organizations/${id}/users/${userId}/roles`;
  }

  #touched(id: string): string[] {
    return [TAGS.members(id), TAGS.memberships];
  }
}
