import { namesEntity } from '../http/answers/entity-tag.js';
import { Problem } from '../http/problems/problem.js';
import type { UpstreamReply } from '../core/exchange.js';

/** Throws 412 unless `If-Match` matches the current organization. */
export function requireMatch(ifMatch: string, { payload }: UpstreamReply): void {
  if (namesEntity(ifMatch, payload.etag, 'strong')) return;
  throw new Problem(
    'precondition-failed',
    'The organization has changed since you read it. Read it again, and send the request with the new ETag if it is still needed.',
  );
}
