import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { requestContext } from '../context/request-context.js';

const isProbe = (url: string | undefined): boolean => url?.startsWith('/health') === true || url === '/metrics';

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
    customProps: (request) => {
      const { caller } = request as AuthenticatedRequest;
      const upstream = requestContext()?.upstream ?? [];
      return {
        ...(caller && { caller: { kind: caller.kind, sub: caller.subject, clientId: caller.clientId } }),
        upstreamCalls: upstream.filter(({ source }) => source === 'upstream').length,
      };
    },
  });
