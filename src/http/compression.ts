import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import type { IncomingMessage } from 'node:http';
import type { Encoding } from './entity-tag.js';

/** Below this a packet is not saved. */
const WORTH_COMPRESSING = 1000;

const compressors = {
  gzip: promisify(gzip),
  // 4 is about gzip's price for a smaller answer; the default, 11, costs tens of milliseconds on a member list.
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
} satisfies Record<Exclude<Encoding, 'identity'>, (bytes: Buffer) => Promise<Buffer>>;

/** Callers are programs: few different headers. More than that, and they are made up. */
const MOST_HEADERS = 256;
const preferences = new Map<string, Encoding>();

/** The encoding a caller likes best, by its `Accept-Encoding`. */
export function preferredEncoding(header: string | undefined): Encoding {
  if (header === undefined) return 'identity';
  let preferred = preferences.get(header);
  if (preferred === undefined) {
    const accepted = new Negotiator({ headers: { 'accept-encoding': header } }).encodings(['br', 'gzip']);
    preferred = (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding)) ?? 'identity';
    if (preferences.size >= MOST_HEADERS) preferences.clear();
    preferences.set(header, preferred);
  }
  return preferred;
}

/** The encoding an answer of that many bytes is sent in, by the caller's `Accept-Encoding`. */
export const chooseEncoding = (request: IncomingMessage, size: number): Encoding =>
  size < WORTH_COMPRESSING ? 'identity' : preferredEncoding(request.headers['accept-encoding'] as string | undefined);

export const encode = (bytes: Buffer, encoding: Encoding): Buffer | Promise<Buffer> =>
  encoding === 'identity' ? bytes : compressors[encoding](bytes);
