import { FROM_UPSTREAM, type Lifetime, type UpstreamReply } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import type { Position } from '../core/position.js';

/** A cached reply in Redis. */
export interface SharedEntry {
  readonly reply: UpstreamReply;
  readonly lifetime: Lifetime;
  /** How far the replica had read the write log when it asked Logto. */
  readonly position: Position;
  /** When Logto replied, in milliseconds since the epoch on Redis' clock. */
  readonly storedAt: number;
}

/** Must be raised whenever the format changes: a replica ignores entries of another version. */
const VERSION = 2;
const HEADER_BYTES = 5;

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

/** A version byte, the length of the metadata (4 bytes), the metadata as JSON, and the unchanged bytes of the body. */
export function encodeEntry({ reply, lifetime, position, storedAt }: SharedEntry): Buffer {
  const { status, contentType, total = null, etag = null, payload } = reply;
  const meta: Meta = [status, contentType, total, etag, lifetime.freshMs, lifetime.staleMs, position, storedAt];
  const text = Buffer.from(JSON.stringify(meta));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt32BE(text.length, 1);
  return Buffer.concat([header, text, payload.bytes]);
}

/** Undefined for bytes that another version, or another program, has written. */
export function decodeEntry(bytes: Buffer): SharedEntry | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(0) !== VERSION) return undefined;
  const bodyAt = HEADER_BYTES + bytes.readUInt32BE(1);
  if (bodyAt > bytes.length) return undefined;
  const meta = JSON.parse(bytes.toString('utf8', HEADER_BYTES, bodyAt)) as Meta;
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
