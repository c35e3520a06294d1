import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import { requestContext } from '../context/request-context.js';

/** What the log says of one request. */
export interface ServedRequest {
  readonly requestId: string;
  readonly method: string;
  /** With or without its query, which is left out: people search for e-mail addresses. */
  readonly url: string;
  readonly status: number;
  /** From its arrival to the end of its answer. */
  readonly durationMs: number;
  /** Absent for a stranger. */
  readonly caller: Caller | undefined;
  readonly upstreamCalls: number;
  /** The other side left before it had the whole answer. */
  readonly aborted: boolean;
}

const isProbe = (url: string): boolean => url.startsWith('/health') || url === '/metrics';
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

const lineOf = ({ requestId, method, url, status, durationMs, caller, upstreamCalls, aborted }: ServedRequest) => ({
  requestId,
  req: { method, path: url.split('?', 1)[0] },
  res: { status },
  responseTime: Math.round(durationMs),
  ...(caller && { caller: { kind: caller.kind, sub: caller.subject, clientId: caller.clientId } }),
  upstreamCalls,
  ...(aborted && { aborted }),
});

/**
 * Writes one line per request. Who called is named by ids.
 * @param readsEvery one line for so many successful reads; whatever else there is leaves a line each time
 */
export function requestLogger(logger: Logger, readsEvery: number): (served: ServedRequest) => void {
  let reads = 0;
  return (served) => {
    const { method, url, status } = served;
    if (isProbe(url) || (status < 400 && isRead(method) && reads++ % readsEvery !== 0)) return;
    logger[status >= 500 ? 'error' : 'info'](lineOf(served), `${method} ${status}`);
  };
}

/** Notes every request when its answer is written, or its connection lost. */
export const requestLog =
  (log: (served: ServedRequest) => void): RequestHandler =>
  (request, response, next) => {
    const context = requestContext();
    response.once('close', () =>
      log({
        requestId: context?.id ?? '',
        method: request.method,
        url: request.originalUrl,
        status: response.statusCode,
        durationMs: performance.now() - (context?.startedAt ?? 0),
        caller: (request as Partial<AuthenticatedRequest>).caller,
        upstreamCalls: context?.upstream.filter(({ source }) => source === 'upstream').length ?? 0,
        aborted: !response.writableFinished,
      }),
    );
    next();
  };
