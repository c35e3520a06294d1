import type { Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { LogtoRefusal, UpstreamFault } from '../upstream-fault.js';

interface LogtoErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

/** Statuses by which Logto tells the caller what is wrong with the question. */
const CALLERS_FAULT = new Set([400, 404, 409, 422]);

const errorBody = (reply: UpstreamReply): LogtoErrorBody => {
  if (!reply.contentType.startsWith('application/json')) return {};
  const body = reply.payload.json<unknown>();
  return typeof body === 'object' && body !== null ? body : {};
};

const sentence = (body: LogtoErrorBody, status: number): string => {
  const said = [body.message, body.details].filter((part): part is string => typeof part === 'string' && part !== '');
  return said.length > 0 ? said.join(' ') : `Logto answered ${status} without a reason.`;
};

/** The error that an answer means which is no success. */
const faultOf = ({ method, path }: UpstreamRequest, reply: UpstreamReply): UpstreamFault | LogtoRefusal => {
  const { status } = reply;
  // What Logto says while it fails may be anything, and is not told anyone.
  const body = status < 500 ? errorBody(reply) : {};
  const code = typeof body.code === 'string' ? body.code : undefined;
  const what = `${method} ${path.split('?')[0]} was answered ${status}${code ? ` ${code}` : ''}`;

  if (status === 429)
    return new UpstreamFault('upstream.budget', `${what}: too many requests`, { retryAfterS: reply.retryAfterS });
  if (status >= 500) return new UpstreamFault('upstream.error', what, { wrote: method !== 'GET' });
  // Logto Cloud says 403 when a plan's quota is used up: the caller's affair. Every other 401 and 403 is about our token.
  if (status === 403 && code?.endsWith('limit_exceeded')) return new LogtoRefusal(403, code, sentence(body, status));
  if (status === 401 || status === 403) return new UpstreamFault('upstream.unauthorized', what);
  // A malformed body is 400 with a message only. A 404 without a code is an address Logto does not have (or a body over
  // its limit): never "no such entity".
  if (CALLERS_FAULT.has(status) && (code || (status === 400 && typeof body.message === 'string')))
    return new LogtoRefusal(status, code ?? 'guard.invalid_input', sentence(body, status));
  return new UpstreamFault('upstream.invalid_response', `${what} in a shape Logto's API does not have`);
};

/** Turns an answer that is no success into the error it means, so that features only ever see success. */
export const refusals: Stage = (next) => (request) =>
  next(request).then((reply) => {
    if (reply.status < 400) return reply;
    throw faultOf(request, reply);
  });
