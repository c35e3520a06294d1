import type { Attempt, Exchange, PreviousReply, ReadRequest, Stage, UpstreamReply } from '../../core/exchange.js';

const NOT_MODIFIED = 304;

const readConditionally = async (
  request: ReadRequest & Attempt,
  { reply: previous }: PreviousReply,
  next: Exchange,
): Promise<UpstreamReply> => {
  const { previous: _previous, ...plain } = request;
  if (previous.status !== 200 || !previous.etag) return next(plain);
  const reply = await next({ ...plain, headers: { ...plain.headers, 'if-none-match': previous.etag } });
  if (reply.status !== NOT_MODIFIED) return reply;
  // The ETag does not cover the total of a list, which must come with the 304.
  if (previous.total !== undefined && reply.total === undefined) return next(plain);
  return { ...previous, total: reply.total, provenance: reply.provenance };
};

/**
 * Sends a conditional read when there is a previous reply. Logto does the same work for a 304, but no body is transferred, and
 * what was computed from the previous payload can be reused.
 */
export const revalidate: Stage = (next) => (request) =>
  request.method === 'GET' && request.previous ? readConditionally(request, request.previous, next) : next(request);
