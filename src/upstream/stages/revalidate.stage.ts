import type { Attempt, Exchange, Known, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

const NOT_MODIFIED = 304;

const askWhether = async (
  request: ReadRequest & Attempt,
  { reply: known }: Known,
  next: Exchange,
): Promise<UpstreamReply> => {
  const { known: _known, ...plain } = request;
  // Only what was found has a validator; how long the list is does not count for it, and comes with every answer.
  if (known.status !== 200 || !known.etag) return next(plain);
  const reply = await next({ ...plain, headers: { ...plain.headers, 'if-none-match': known.etag } });
  if (reply.status !== NOT_MODIFIED) return reply;
  if (known.total !== undefined && reply.total === undefined) return next(plain);
  return { ...known, total: reply.total, provenance: reply.provenance };
};

/**
 * Asks Logto whether what was answered before still is so. A 304 costs Logto the reading but spares both of us the bytes,
 * and whatever was made of the answer before is still there.
 */
export const revalidate: Stage = (next) => (request) =>
  request.method === 'GET' && request.known ? askWhether(request, request.known, next) : next(request);
