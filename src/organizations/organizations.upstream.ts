import { Inject, Injectable } from '@nestjs/common';
import type { Paging } from '../http/input/paging.dto.js';
import { pagingQuery } from '../http/input/paging.dto.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../core/exchange.js';
import { FRESHNESS, TAGS } from '../upstream/freshness.js';
import { withQuery } from '../upstream/requests.js';
import { LOGTO } from '../upstream/upstream.tokens.js';
import type { CreateOrganizationDto, UpdateOrganizationDto } from './organization.dto.js';

const ORGANIZATION = { id: 'string' } as const;

interface ListQuery {
  readonly q: string | undefined;
  readonly showFeatured: boolean;
  readonly paging: Paging;
}

/** Logto's routes for organizations. */
@Injectable()
export class OrganizationsUpstream {
  constructor(@Inject(LOGTO) private readonly logto: Exchange) {}

  list({ q, showFeatured, paging }: ListQuery): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      // An empty search is the same as none, and shares its cache entry.
      path: withQuery('/api/organizations', {
        q: q || undefined,
        showFeatured: showFeatured ? 'true' : undefined,
        ...pagingQuery(paging),
      }),
      freshness: FRESHNESS.organizations,
      shape: [ORGANIZATION],
      tags: showFeatured ? [TAGS.organizations, TAGS.memberships] : [TAGS.organizations],
    });
  }

  /** Throws Logto's 404 for an unknown id; `refresh` bypasses the cache. */
  find(id: string, refresh = false, lane: ReadRequest['lane'] = 'interactive'): Promise<UpstreamReply> {
    return this.logto({
      method: 'GET',
      path: `/api/organizations/${id}`,
      freshness: FRESHNESS.organization,
      tags: [TAGS.organization(id)],
      shape: ORGANIZATION,
      refresh,
      lane,
    });
  }

  create(body: CreateOrganizationDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'POST',
      path: '/api/organizations',
      body,
      invalidates: [TAGS.organizations],
      shape: ORGANIZATION,
    });
  }

  update(id: string, body: UpdateOrganizationDto): Promise<UpstreamReply> {
    return this.logto({
      method: 'PATCH',
      path: `/api/organizations/${id}`,
      body,
      invalidates: [TAGS.organization(id), TAGS.organizations],
      shape: ORGANIZATION,
    });
  }

  /** Logto deletes the memberships and role assignments, too. */
  delete(id: string): Promise<UpstreamReply> {
    return this.logto({
      method: 'DELETE',
      path: `/api/organizations/${id}`,
      invalidates: [TAGS.organization(id), TAGS.organizations, TAGS.members(id), TAGS.memberships],
    });
  }
}
