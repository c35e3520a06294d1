import type { Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { UpstreamFault } from '../upstream-fault.js';

/** What POST …/users/roles answers, as text; every other success has JSON or nothing in it. */
const CREATED = 'Created';

const isJson = (reply: UpstreamReply): boolean => reply.contentType.startsWith('application/json');

const parses = (reply: UpstreamReply): boolean => {
  try {
    reply.payload.json();
    return true;
  } catch {
    return false;
  }
};

/** What is wrong with an answer; undefined when it can be believed. */
const objection = ({ method, headers }: UpstreamRequest, reply: UpstreamReply): string | undefined => {
  const { status, contentType, payload } = reply;
  // Failing is believed in any shape; nothing of it is passed on.
  if (status === 204 || status >= 500) return undefined;
  if (status === 304 && headers?.['if-none-match'] !== undefined) return undefined;
  if (isJson(reply)) return parses(reply) ? undefined : `${status} with a body that is no JSON`;
  if (status >= 400) return undefined;
  if (status >= 300)
    return `a redirect (${status}), which Logto's API never sends: LOGTO_ENDPOINT must be the address it redirects to`;
  // Logto serves its sign-in page with 200 on every address outside /api: a wrong base URL looks like success.
  if (contentType.startsWith('text/html'))
    return "a web page, not JSON: LOGTO_ENDPOINT must be Logto's own address (without /api), and nothing between may answer for it";
  if (method !== 'GET' && payload.bytes.toString() === CREATED) return undefined;
  return `${contentType || 'no content type'} instead of application/json`;
};

/** Looks at an answer before anyone believes it or keeps it. */
export const believable: Stage = (next) => async (request) => {
  const reply = await next(request);
  const wrong = objection(request, reply);
  if (wrong === undefined) return reply;
  const what = `${request.method} ${request.path.split('?')[0]} was answered with ${wrong}`;
  throw new UpstreamFault('upstream.invalid_response', what, { wrote: request.method !== 'GET' });
};
