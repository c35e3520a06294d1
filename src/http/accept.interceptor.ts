import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { operationOf } from './operation.js';
import { Problem } from './problem.js';

/** Refuses before any work is done what could not be answered in a media type the caller accepts. */
@Injectable()
export class AcceptInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const { produces = 'application/json' } = operationOf(context.getHandler());
    // With the charset it is sent in, or who asks for just that would be refused.
    if (!request.accepts(`${produces}; charset=utf-8`))
      throw new Problem('not-acceptable', `This is answered as ${produces} only.`);
    return next.handle();
  }
}
