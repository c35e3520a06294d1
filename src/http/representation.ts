import type { Provenance, UpstreamReply } from '../upstream/exchange.js';
import type { Payload } from '../upstream/payload.js';

/** Which part of a paged list an answer is; `Total-Number` and `Link` are made of it. */
export interface PageOf {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
}

/** What an answer of success did not do, for the audit trail. */
export interface Shortfall {
  readonly outcome: 'partly' | 'refused' | 'unknown';
  readonly failedUserIds: readonly string[];
}

/** A successful answer with a body, as services hand it to the edge of the application. */
export class Representation {
  constructor(
    readonly payload: Payload,
    readonly provenance: Provenance,
    readonly options: {
      /** Present for paged lists. */
      readonly page?: PageOf;
      /** Stands for the answer instead of its bytes, where these differ from call to call without being another answer. */
      readonly etag?: string;
      /** Instead of the status its operation declares. */
      readonly status?: number;
      /** Its bytes say how old their parts are, so they are good for so long only, in milliseconds. */
      readonly goodForMs?: number;
      /** Part of it failed behind us: asked for again, it may end otherwise. */
      readonly passing?: boolean;
      /** For the audit trail: not everything that was asked for was done. */
      readonly shortfall?: Shortfall;
      /** Path of what was made; sent as `Location` on the public address. */
      readonly location?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** False for what nobody may keep: `Cache-Control: no-store`, no ETag. */
      readonly storable?: boolean;
    } = {},
  ) {}
}

/** Logto's answer, passed on as it is or in the given view of it. */
export const represent = (reply: UpstreamReply, payload: Payload = reply.payload): Representation =>
  new Representation(payload, reply.provenance);

/** The page `paging` asked for, out of a list Logto counted. */
export const representPage = (
  reply: UpstreamReply,
  paging: { readonly page: number; readonly pageSize: number } | undefined,
  payload: Payload = reply.payload,
): Representation => {
  const page = paging && reply.total !== undefined ? { ...paging, total: reply.total } : undefined;
  return new Representation(payload, reply.provenance, page && { page });
};
