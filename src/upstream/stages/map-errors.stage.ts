import type { Stage, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { LogtoRefusal, UpstreamFault } from '../../core/faults.js';

interface LogtoErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

/** Statuses of errors that the caller caused. */
const CALLER_ERRORS = new Set([400, 404, 409, 422]);

const errorBody = (reply: UpstreamReply): LogtoErrorBody => {
  if (!reply.contentType.startsWith('application/json')) return {};
  const body = reply.payload.json<unknown>();
  return typeof body === 'object' && body !== null ? body : {};
};

const messageOf = (body: LogtoErrorBody, status: number): string => {
  const parts = [body.message, body.details].filter((part): part is string => typeof part === 'string' && part !== '');
  return parts.length > 0 ? parts.join(' ') : `Logto answered ${status} without a reason.`;
};

const errorOf = ({ method, path }: UpstreamRequest, reply: UpstreamReply): UpstreamFault | LogtoRefusal => {
  const { status } = reply;
  // The body of a 5xx may be anything, and is not passed on.
  const body = status < 500 ? errorBody(reply) : {};
  const code = typeof body.code === 'string' ? body.code : undefined;
  const what = `${method} ${path.split('?')[0]} was answered ${status}${code ? ` ${code}` : ''}`;

  if (status === 429)
    return new UpstreamFault('upstream.budget', `${what}: too many requests`, { retryAfterS: reply.retryAfterS });
  if (status >= 500) return new UpstreamFault('upstream.error', what, { wrote: method !== 'GET' });
  // Logto Cloud answers 403 when a plan's quota is used up, which the caller can act on. Other 401s and 403s are about our token.
  if (status === 403 && code?.endsWith('limit_exceeded')) return new LogtoRefusal(403, code, messageOf(body, status));
  if (status === 401 || status === 403) return new UpstreamFault('upstream.unauthorized', what);
  // A malformed body is a 400 with a message only. A 404 without a code means that Logto has no such route, or that the body
  // exceeds its limit; it never means that there is no such entity.
  if (CALLER_ERRORS.has(status) && (code || (status === 400 && typeof body.message === 'string')))
    return new LogtoRefusal(status, code ?? 'guard.invalid_input', messageOf(body, status));
  return new UpstreamFault('upstream.invalid_response', `${what} in a shape that Logto's API does not have`);
};

/** Throws the error that an unsuccessful reply stands for, so that features only see successful ones. */
export const mapErrors: Stage = (next) => (request) =>
  next(request).then((reply) => {
    if (reply.status < 400) return reply;
    throw errorOf(request, reply);
  });
