import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { catchError, concatMap, type Observable, of } from 'rxjs';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { principalOf } from '../access/principal.js';
import { requestContext } from '../context/request-context.js';
import { ClientLeft } from '../http/leaving.js';
import { operationOf } from '../http/operation.js';
import { invalidInput, Problem } from '../http/problem.js';
import { problemOf } from '../http/problem-of.js';
import type { Representation } from '../http/representation.js';
import type { FirstAnswer } from './first-answer.js';
import { IdempotencyStore, type OwnKey } from './idempotency.store.js';
import type { KnownKey } from './memory-keys.js';
import { Unreadable } from './shared-keys.js';

const KEY = /^[\u0021-\u007e]{1,255}$/;

const hash = (...parts: unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** No request takes so long: whoever began one that is not over died meanwhile. */
const ABANDONED_MS = 60_000;

/**
 * A POST that carries an `Idempotency-Key` is carried out once; sent again it gets the first answer, whatever it was. Only
 * where nothing was sent to Logto, for a reason that passes, may the same key be tried again.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly store: IdempotencyStore) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const header = request.headers['idempotency-key'];
    const { access, safe } = operationOf(context.getHandler());
    // Where anyone may call, nobody has keys of their own.
    if (request.method !== 'POST' || header === undefined || safe || access.who === 'anyone') return next.handle();
    if (typeof header !== 'string' || !KEY.test(header)) {
      throw invalidInput([
        {
          in: 'header',
          pointer: '/Idempotency-Key',
          code: 'invalid_key',
          detail: 'must be 1 to 255 visible ASCII characters',
        },
      ]);
    }

    const key = hash(principalOf(request.caller), header);
    const fingerprint = hash(request.method, request.path, request.body);
    const known = await this.#claim(key, fingerprint);
    if ('keep' in known) return carryOut(next, known);
    if (known.fingerprint !== fingerprint) {
      throw new Problem(
        'unprocessable',
        'This Idempotency-Key was used for another request. Take a new key for a new request.',
        { code: 'idempotency.key_reused' },
      );
    }
    if (!known.answer && known.since !== undefined && Date.now() - known.since > ABANDONED_MS) {
      throw unknownOutcome();
    }
    if (!known.answer) {
      throw new Problem(
        'conflict',
        'The first request with this Idempotency-Key is still running. Send this one again in a moment.',
        { code: 'idempotency.in_progress', headers: { 'Retry-After': '1' } },
      );
    }
    return replay(known.answer, http.getResponse<Response>());
  }

  async #claim(key: string, fingerprint: string): Promise<KnownKey | OwnKey> {
    try {
      return await this.store.claim(key, fingerprint);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new Problem(
        'conflict',
        'Another version of this gateway was given this Idempotency-Key, and what it did cannot be told here. Read the present state before sending the request with a new key.',
        { code: 'idempotency.unreadable' },
      );
    }
  }
}

const unknownOutcome = (): Problem =>
  new Problem(
    'conflict',
    'The first request with this Idempotency-Key was never answered, and may have been carried out. Read the present state; if it was not, send the request with a new key.',
    { code: 'idempotency.unknown_outcome' },
  );

/** Answers the first request with a key; its answer is kept before it is given. */
const carryOut = (next: CallHandler, own: OwnKey): Observable<unknown> =>
  next.handle().pipe(
    concatMap(async (result: Representation | undefined) => {
      if (result?.options.passing && !requestContext()?.wrote) await own.release();
      else await own.keep({ result });
      return result;
    }),
    catchError(async (error: unknown) => {
      const problem = problemOf(error);
      const wrote = requestContext()?.wrote === true;
      // Whoever left has had no answer, and will ask again.
      if (error instanceof ClientLeft) await (wrote ? own.keep({ problem: unknownOutcome() }) : own.release());
      else if (wrote || problem.status < 500) await own.keep({ problem });
      else await own.release();
      throw error;
    }),
  );

const replay = ({ result, problem }: FirstAnswer, response: Response): Observable<unknown> => {
  response.setHeader('Idempotent-Replayed', 'true');
  if (problem) throw problem;
  return of(result);
};
