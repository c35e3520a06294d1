import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Logger } from 'pino';
import { catchError, type Observable, tap } from 'rxjs';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { operationOf } from '../http/operation.js';
import { problemOf } from '../http/problem-of.js';
import { LOGGER } from '../observability/observability.tokens.js';
import { auditRecord } from './audit-record.js';

const READS = new Set(['GET', 'HEAD']);

/** Writes one line for every write that was permitted, whatever became of it, and whatever LOG_LEVEL is short of silent. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  readonly #log: Logger;

  constructor(@Inject(LOGGER) logger: Logger) {
    this.#log = logger.child({}, logger.level === 'silent' ? {} : { level: 'info' });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { id, access, safe } = operationOf(context.getHandler());
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (READS.has(request.method) || safe || access.who === 'anyone') return next.handle();
    return next.handle().pipe(
      tap((result) => this.#log.info(auditRecord(id, request, { result }), 'audit')),
      catchError((error: unknown) => {
        this.#log.info(auditRecord(id, request, { problem: problemOf(error) }), 'audit');
        throw error;
      }),
    );
  }
}
