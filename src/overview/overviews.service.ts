import { Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { Authorizer } from '../access/authorizer.js';
import type { Caller } from '../access/caller.js';
import { needs } from '../access/permissions.js';
import { requestContext } from '../core/request-context.js';
import { problemOf } from '../http/problems/problem-of.js';
import { Representation } from '../http/answers/representation.js';
import { FROM_UPSTREAM } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import type { OverviewResultDto, OverviewsRequestDto } from './overviews.dto.js';
import { OverviewService } from './overview.service.js';

/** Concurrent overviews; each of them also reads its pages concurrently. */
const CONCURRENCY = 4;

/** Several overviews, each with its own status, so that a failure does not affect the others. */
@Injectable()
export class OverviewsService {
  constructor(
    private readonly overviews: OverviewService,
    private readonly authorizer: Authorizer,
  ) {}

  async get({ ids, strict, ...selection }: OverviewsRequestDto, caller: Caller): Promise<Representation> {
    const query = { ...selection, strict: strict ? ('true' as const) : ('false' as const) };
    const results = await pMap(ids, (id) => this.#one(id, query, caller), { concurrency: CONCURRENCY });
    return new Representation(Payload.of({ results }), FROM_UPSTREAM, { storable: false });
  }

  async #one(id: string, query: Parameters<OverviewService['get']>[1], caller: Caller): Promise<OverviewResultDto> {
    try {
      await this.authorizer.require(caller, needs('read:organizations', 'read:members', 'read:roles'), id, false);
      return { id, status: 200, overview: await this.overviews.document(id, query, caller) };
    } catch (error) {
      const problem = problemOf(error);
      // An invalid selection fails the whole request; what Logto refuses fails this overview only.
      if (error === problem && problem.kind === 'invalid-input') throw error;
      if (problem.kind === 'internal') throw error;
      const instance = `/api/organizations/${id}/overview`;
      const { errors, ...body } = problem.toBody({ instance, requestId: requestContext()?.id ?? '' });
      return { id, status: problem.status, problem: { ...body, ...(errors && { errors: [...errors] }) } };
    }
  }
}
