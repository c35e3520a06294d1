import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import { answerError } from '../visit/answer-error.js';
import { RouteTable } from '../routing/route-table.js';
import { notFoundOr405 } from './not-found-or-405.js';
import type { VisitedRequest } from '../visit/visited-request.js';

/** Answers errors inside the framework as those of the layers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { visit } = host.switchToHttp().getRequest<VisitedRequest>();
    // Only Nest's router throws this. Features throw a Problem.
    const isRouting = error instanceof NotFoundException;
    answerError(visit, isRouting ? notFoundOr405(this.routes.methodsAt(visit.path)) : error);
  }
}
