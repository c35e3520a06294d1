import type { Stage, UpstreamReply } from '../exchange.js';
import { UpstreamFault } from '../upstream-fault.js';

const isJson = (reply: UpstreamReply): boolean => {
  try {
    reply.payload.json();
    return true;
  } catch {
    return false;
  }
};

/**
 * Looks at an answer before anyone believes or keeps it. Logto serves its sign-in page with 200 on every address
 * outside /api, so a wrong base URL looks like success until the content type is read.
 */
export const believable: Stage = (next) => async (request) => {
  const reply = await next(request);
  if (reply.status === 204 || reply.status >= 400) return requireReadable(request.path, reply);
  if (reply.status >= 300) {
    throw new UpstreamFault(
      'upstream.invalid_response',
      `${request.path.split('?')[0]} was answered with a redirect (${reply.status}), which Logto's API never sends: LOGTO_ENDPOINT must be the address it redirects to`,
    );
  }
  if (reply.contentType.startsWith('text/html')) {
    throw new UpstreamFault(
      'upstream.invalid_response',
      `${request.path.split('?')[0]} was answered with a web page, not JSON: LOGTO_ENDPOINT must be Logto's own address (without /api), and nothing between may answer for it`,
    );
  }
  // POST …/users/roles answers 201 with the text "Created"; a write's body is only read where it is JSON.
  if (request.method === 'GET' && !reply.contentType.startsWith('application/json')) {
    throw new UpstreamFault(
      'upstream.invalid_response',
      `${request.path.split('?')[0]} was answered with ${reply.contentType || 'no content type'} instead of application/json`,
    );
  }
  return requireReadable(request.path, reply);
};

const requireReadable = (path: string, reply: UpstreamReply): UpstreamReply => {
  if (reply.contentType.startsWith('application/json') && !isJson(reply)) {
    throw new UpstreamFault(
      'upstream.invalid_response',
      `${path.split('?')[0]} was answered ${reply.status} with a body that is no JSON`,
    );
  }
  return reply;
};
