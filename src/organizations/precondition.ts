import { namesEntity } from '../http/entity-tag.js';
import { Problem } from '../http/problem.js';
import type { UpstreamReply } from '../upstream/exchange.js';

/** Throws 412 unless `If-Match` names the organization as it is now. */
export function requireMatch(ifMatch: string, { payload }: UpstreamReply): void {
  if (namesEntity(ifMatch, payload.etag, 'strong')) return;
  throw new Problem(
    'precondition-failed',
    'The organization has changed since you read it. Read it again, decide again, and send the new ETag.',
  );
}
