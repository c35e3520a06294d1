import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, type Observable } from 'rxjs';
import { WriteLog } from './write-log.js';

/** Holds back the answer to a request that wrote something until the reads of all replicas see it. */
@Injectable()
export class VisibilityInterceptor implements NestInterceptor {
  constructor(private readonly writeLog: WriteLog) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        await this.writeLog.untilVisible();
        return answer;
      }),
      catchError(async (error: unknown) => {
        await this.writeLog.untilVisible();
        throw error;
      }),
    );
  }
}
