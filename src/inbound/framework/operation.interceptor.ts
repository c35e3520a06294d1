import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { operationOf } from '../../http/operation/operation.js';
import { OperationSteps } from '../steps/operation-steps.js';
import type { VisitedRequest } from '../visit/visited-request.js';

/** Takes a request through the steps of its operation. The pipe and the controller's method come after them. */
@Injectable()
export class OperationInterceptor implements NestInterceptor {
  constructor(private readonly steps: OperationSteps) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<VisitedRequest>();
    const { visit, params, route } = request;
    visit.params = params as Readonly<Record<string, string>>;
    visit.route = (route as { readonly path: string }).path;
    const step = this.steps.of(operationOf(context.getHandler()));
    return from(step(() => lastValueFrom(next.handle(), { defaultValue: undefined }))(visit));
  }
}
