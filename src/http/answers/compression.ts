import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import type { IncomingMessage } from 'node:http';
import type { Encoding } from './entity-tag.js';

/** Compressing a smaller response would not save a packet. */
const MIN_BYTES = 1000;

const compressors = {
  gzip: promisify(gzip),
  // Quality 4 costs about as much as gzip for a smaller result; the default, 11, takes tens of milliseconds for a member list.
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
} satisfies Record<Exclude<Encoding, 'identity'>, (bytes: Buffer) => Promise<Buffer>>;

/** Callers are programs that send few different headers. More distinct headers than this are made up. */
const MAX_CACHED_HEADERS = 256;
const preferences = new Map<string, Encoding>();

/** The caller's preferred encoding, by `Accept-Encoding`. */
export function preferredEncoding(header: string | undefined): Encoding {
  if (header === undefined) return 'identity';
  let preferred = preferences.get(header);
  if (preferred === undefined) {
    const accepted = new Negotiator({ headers: { 'accept-encoding': header } }).encodings(['br', 'gzip']);
    preferred = (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding)) ?? 'identity';
    if (preferences.size >= MAX_CACHED_HEADERS) preferences.clear();
    preferences.set(header, preferred);
  }
  return preferred;
}

/** The encoding for a response of this size, by the caller's `Accept-Encoding`. */
export const chooseEncoding = (request: IncomingMessage, size: number): Encoding =>
  size < MIN_BYTES ? 'identity' : preferredEncoding(request.headers['accept-encoding'] as string | undefined);

export const encode = (bytes: Buffer, encoding: Encoding): Buffer | Promise<Buffer> =>
  encoding === 'identity' ? bytes : compressors[encoding](bytes);
