import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { requestContext } from '../context/request-context.js';

const isProbe = (url: string | undefined): boolean => url?.startsWith('/health') === true || url === '/metrics';

const whoAndWhat = ({ caller }: Partial<AuthenticatedRequest>): object => ({
  ...(caller && { caller: { kind: caller.kind, sub: caller.subject, clientId: caller.clientId } }),
  upstreamCalls: requestContext()?.upstream.filter(({ source }) => source === 'upstream').length ?? 0,
});

/**
 * One line per request, when its answer is written. The query is left out: people search for e-mail addresses. Who called
 * is named by ids.
 */
export const requestLog = (logger: Logger): RequestHandler =>
  pinoHttp({
    logger,
    quietReqLogger: true,
    autoLogging: { ignore: ({ url }) => isProbe(url) },
    serializers: {
      req: (request: { method: string; url: string }) => ({ method: request.method, path: request.url.split('?')[0] }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
    customSuccessMessage: (request, response) => `${request.method} ${response.statusCode}`,
    customErrorMessage: (request, response) => `${request.method} ${response.statusCode}`,
    genReqId: () => requestContext()?.id ?? '',
    customAttributeKeys: { reqId: 'requestId' },
    customSuccessObject: (request, _response, line: object) => ({
      ...line,
      ...whoAndWhat(request as AuthenticatedRequest),
    }),
    customErrorObject: (request, _response, _error, line: object) => ({
      ...line,
      ...whoAndWhat(request as AuthenticatedRequest),
    }),
  });
