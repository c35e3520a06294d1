import { Injectable } from '@nestjs/common';
import { optionalPagingOf, pagingOf } from '../http/input/paging.dto.js';
import { representPage, type Representation } from '../http/answers/representation.js';
import type { SearchDto } from '../http/input/search.dto.js';
import { RolesUpstream } from './roles.upstream.js';

/** The organization roles and scopes of the tenant. */
@Injectable()
export class CatalogueService {
  constructor(private readonly logto: RolesUpstream) {}

  async roles({ q, ...dto }: SearchDto): Promise<Representation> {
    const paging = pagingOf(dto);
    return representPage(await this.logto.catalogue({ q, paging }), paging);
  }

  /** All scopes if no page is requested, as at Logto. */
  async scopes({ q, ...dto }: SearchDto): Promise<Representation> {
    const paging = optionalPagingOf(dto);
    return representPage(await this.logto.scopes({ q, paging }), paging);
  }
}
