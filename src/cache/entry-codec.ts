import { FROM_UPSTREAM, type Lifetime, type UpstreamReply } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import type { Position } from './log-record.js';

/** An answer as replicas share it. */
export interface SharedEntry {
  readonly reply: UpstreamReply;
  readonly lifetime: Lifetime;
  /** How far whoever asked had read the write log. */
  readonly position: Position;
  /** Milliseconds of Redis' clock since the epoch: when Logto said so. */
  readonly storedAt: number;
}

/** Raised whenever the shape changes: a replica reads nothing that another version wrote. */
const VERSION = 2;
const META_AT = 5;

type Meta = [
  status: number,
  contentType: string,
  total: number | null,
  etag: string | null,
  freshMs: number,
  staleMs: number,
  position: Position,
  storedAt: number,
];

/** One byte of version, the length of what describes the answer, that, and the answer's bytes as they are. */
export function encodeEntry({ reply, lifetime, position, storedAt }: SharedEntry): Buffer {
  const { status, contentType, total = null, etag = null, payload } = reply;
  const meta: Meta = [status, contentType, total, etag, lifetime.freshMs, lifetime.staleMs, position, storedAt];
  const text = Buffer.from(JSON.stringify(meta));
  const head = Buffer.alloc(META_AT);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text, payload.bytes]);
}

/** Undefined for what another version, or something else, has written. */
export function decodeEntry(bytes: Buffer): SharedEntry | undefined {
  if (bytes.length < META_AT || bytes.readUInt8(0) !== VERSION) return undefined;
  const bodyAt = META_AT + bytes.readUInt32BE(1);
  if (bodyAt > bytes.length) return undefined;
  const meta = JSON.parse(bytes.toString('utf8', META_AT, bodyAt)) as Meta;
  const [status, contentType, total, etag, freshMs, staleMs, position, storedAt] = meta;
  return {
    position,
    storedAt,
    lifetime: { freshMs, staleMs },
    reply: {
      status,
      contentType,
      total: total ?? undefined,
      etag: etag ?? undefined,
      retryAfterS: undefined,
      payload: new Payload(bytes.subarray(bodyAt)),
      provenance: FROM_UPSTREAM,
    },
  };
}
