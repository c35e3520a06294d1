import type { Provenance, UpstreamReply } from '../../core/exchange.js';
import type { Payload } from '../../core/payload.js';

/** The position of a page in its list, for `Total-Number` and `Link`. */
export interface PageInfo {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
}

/** What failed behind a successful response, for the audit trail. */
export interface PartialFailure {
  readonly outcome: 'partly' | 'refused' | 'unknown';
  readonly failedUserIds: readonly string[];
}

/** A successful response with a body, as services return it. */
export class Representation {
  constructor(
    readonly payload: Payload,
    readonly provenance: Provenance,
    readonly options: {
      /** Set for pages of lists. */
      readonly page?: PageInfo;
      /** Replaces the hash of the bytes, for bytes that differ between calls although the content is the same. */
      readonly etag?: string;
      /** Overrides the operation's declared status. */
      readonly status?: number;
      /** How long the bytes may be served again, in milliseconds. Set when they contain the age of their parts. */
      readonly goodForMs?: number;
      /** A part failed upstream, so the same request may have another result when it is retried. */
      readonly transient?: boolean;
      /** For the audit trail. */
      readonly partialFailure?: PartialFailure;
      /** Path of the created resource; sent as `Location` under the public URL. */
      readonly location?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** False if nobody may store the response: `Cache-Control: no-store` and no ETag. */
      readonly storable?: boolean;
    } = {},
  ) {}
}

/** Logto's reply, with its own payload or a view of it. */
export const represent = (reply: UpstreamReply, payload: Payload = reply.payload): Representation =>
  new Representation(payload, reply.provenance);

/** A page of a list; without paging, or without a total from Logto, the reply as it is. */
export const representPage = (
  reply: UpstreamReply,
  paging: { readonly page: number; readonly pageSize: number } | undefined,
  payload: Payload = reply.payload,
): Representation => {
  const page = paging && reply.total !== undefined ? { ...paging, total: reply.total } : undefined;
  return new Representation(payload, reply.provenance, page && { page });
};
