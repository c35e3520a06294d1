import type { Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { objectionTo } from '../shape.js';
import { UpstreamFault } from '../upstream-fault.js';

/** What POST …/users/roles answers, as text; every other success has JSON or nothing in it. */
const CREATED = 'Created';

const isJson = (reply: UpstreamReply): boolean => reply.contentType.startsWith('application/json');

const parsed = (reply: UpstreamReply): { readonly value: unknown } | undefined => {
  try {
    return { value: reply.payload.json() };
  } catch {
    return undefined;
  }
};

/** Only who says what it has can be told that it has not changed. */
const isUnchanged = ({ method, headers }: UpstreamRequest, { status }: UpstreamReply): boolean =>
  status === 304 && method === 'GET' && headers?.['if-none-match'] !== undefined;

const objectionToJson = (reply: UpstreamReply, { shape }: UpstreamRequest): string | undefined => {
  const body = parsed(reply);
  if (!body) return `${reply.status} with a body that is no JSON`;
  const wrong = shape && reply.status < 300 ? objectionTo(shape, body.value) : undefined;
  return wrong && `JSON in which ${wrong}`;
};

/** What is wrong with an answer; undefined when it can be believed. */
const objection = (request: UpstreamRequest, reply: UpstreamReply): string | undefined => {
  const { status, contentType, payload, encoding } = reply;
  // Failing is believed in any shape; nothing of it is passed on.
  if (status === 204 || status >= 500 || isUnchanged(request, reply)) return undefined;
  // Never unpacked, so a few bytes cannot become gigabytes.
  if (encoding !== undefined) return `a body in the encoding ${encoding}, which nobody asked for`;
  if (isJson(reply)) return objectionToJson(reply, request);
  if (status >= 400) return undefined;
  if (status >= 300)
    return `a redirect (${status}), which Logto's API never sends: LOGTO_ENDPOINT must be the address it redirects to`;
  // Logto serves its sign-in page with 200 on every address outside /api: a wrong base URL looks like success.
  if (contentType.startsWith('text/html'))
    return "a web page, not JSON: LOGTO_ENDPOINT must be Logto's own address (without /api), and nothing between may answer for it";
  if (request.method !== 'GET' && payload.bytes.toString() === CREATED) return undefined;
  return `${contentType || 'no content type'} instead of application/json`;
};

/** Looks at an answer before anyone believes it or keeps it. */
export const believable: Stage = (next) => (request) =>
  next(request).then((reply) => {
    const wrong = objection(request, reply);
    if (wrong === undefined) return reply;
    const what = `${request.method} ${request.path.split('?')[0]} was answered with ${wrong}`;
    throw new UpstreamFault('upstream.invalid_response', what, { wrote: request.method !== 'GET' });
  });
