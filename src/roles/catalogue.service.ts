import { Injectable } from '@nestjs/common';
import { optionalPagingOf, pagingOf } from '../http/paging.dto.js';
import { representPage, type Representation } from '../http/representation.js';
import type { SearchDto } from '../http/search.dto.js';
import { RolesUpstream } from './roles.upstream.js';

/** The organization roles and scopes there are in the tenant. */
@Injectable()
export class CatalogueService {
  constructor(private readonly logto: RolesUpstream) {}

  async roles({ q, ...dto }: SearchDto): Promise<Representation> {
    const paging = pagingOf(dto);
    return representPage(await this.logto.catalogue({ q, paging }), paging);
  }

  /** All scopes when no page is asked for, as at Logto. */
  async scopes({ q, ...dto }: SearchDto): Promise<Representation> {
    const paging = optionalPagingOf(dto);
    return representPage(await this.logto.scopes({ q, paging }), paging);
  }
}
