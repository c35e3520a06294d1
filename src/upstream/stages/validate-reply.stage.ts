import type { Stage, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { violationOf } from '../../core/shape.js';
import { UpstreamFault } from '../../core/faults.js';

/** The text body of POST …/users/roles. Every other success has a JSON body or none. */
const CREATED = 'Created';

const isJson = (reply: UpstreamReply): boolean => reply.contentType.startsWith('application/json');

const parsed = (reply: UpstreamReply): { readonly value: unknown } | undefined => {
  try {
    return { value: reply.payload.json() };
  } catch {
    return undefined;
  }
};

/** A 304 is valid only as the reply to a conditional read. */
const isUnchanged = ({ method, headers }: UpstreamRequest, { status }: UpstreamReply): boolean =>
  status === 304 && method === 'GET' && headers?.['if-none-match'] !== undefined;

const jsonProblem = (reply: UpstreamReply, { shape }: UpstreamRequest): string | undefined => {
  const body = parsed(reply);
  if (!body) return `${reply.status} with a body that is not JSON`;
  const violation = shape && reply.status < 300 ? violationOf(shape, body.value) : undefined;
  return violation && `JSON in which ${violation}`;
};

/** What is wrong with a reply; undefined when it is valid. */
const problemWith = (request: UpstreamRequest, reply: UpstreamReply): string | undefined => {
  const { status, contentType, payload, encoding } = reply;
  // A failure may have any body, because nothing of it is passed on.
  if (status === 204 || status >= 500 || isUnchanged(request, reply)) return undefined;
  // We never decompress, so a few bytes cannot become gigabytes.
  if (encoding !== undefined) return `a body in the encoding ${encoding}, which we did not ask for`;
  if (isJson(reply)) return jsonProblem(reply, request);
  if (status >= 400) return undefined;
  if (status >= 300)
    return `a redirect (${status}), which Logto's API never sends: LOGTO_ENDPOINT must be the address it redirects to`;
  // Logto serves its sign-in page with 200 on every path outside /api, so a wrong base URL looks like success.
  if (contentType.startsWith('text/html'))
    return "a web page, not JSON: LOGTO_ENDPOINT must be Logto's own address (without /api), and no proxy in between may answer for it";
  if (request.method !== 'GET' && payload.bytes.toString() === CREATED) return undefined;
  return `${contentType || 'no content type'} instead of application/json`;
};

/** Rejects an invalid reply before anyone uses or caches it. */
export const validateReply: Stage = (next) => (request) =>
  next(request).then((reply) => {
    const problem = problemWith(request, reply);
    if (problem === undefined) return reply;
    const message = `${request.method} ${request.path.split('?')[0]} was answered with ${problem}`;
    throw new UpstreamFault('upstream.invalid_response', message, { wrote: request.method !== 'GET' });
  });
