import { Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { Authorizer } from '../access/authorizer.js';
import type { Caller } from '../access/caller.js';
import { needs } from '../access/permissions.js';
import { requestContext } from '../context/request-context.js';
import { problemOf } from '../http/problem-of.js';
import { Representation } from '../http/representation.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import type { OverviewResultDto, OverviewsRequestDto } from './overviews.dto.js';
import { OverviewService } from './overview.service.js';

/** Overviews made side by side; each reads its own pages side by side besides. */
const AT_ONCE = 4;

/** Several overviews, each with its own status: one that fails never spoils the rest. */
@Injectable()
export class OverviewsService {
  constructor(
    private readonly overviews: OverviewService,
    private readonly authorizer: Authorizer,
  ) {}

  async get({ ids, strict, ...selection }: OverviewsRequestDto, caller: Caller): Promise<Representation> {
    const query = { ...selection, strict: strict ? ('true' as const) : ('false' as const) };
    const results = await pMap(ids, (id) => this.#one(id, query, caller), { concurrency: AT_ONCE });
    return new Representation(Payload.of({ results }), FROM_UPSTREAM, { storable: false });
  }

  async #one(id: string, query: Parameters<OverviewService['get']>[1], caller: Caller): Promise<OverviewResultDto> {
    try {
      await this.authorizer.require(caller, needs('read:organizations', 'read:members', 'read:roles'), id, false);
      return { id, status: 200, overview: await this.overviews.document(id, query, caller) };
    } catch (error) {
      const problem = problemOf(error);
      // What is wrong with the selection is wrong with the request; what Logto refuses is wrong with this one.
      if (error === problem && problem.kind === 'invalid-input') throw error;
      if (problem.kind === 'internal') throw error;
      const instance = `/api/organizations/${id}/overview`;
      const { errors, ...body } = problem.toBody({ instance, requestId: requestContext()?.id ?? '' });
      return { id, status: problem.status, problem: { ...body, ...(errors && { errors: [...errors] }) } };
    }
  }
}
