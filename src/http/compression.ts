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

/** The encoding an answer of that many bytes is sent in, by the caller's `Accept-Encoding`. */
export const chooseEncoding = (request: IncomingMessage, size: number): Encoding => {
  if (size < WORTH_COMPRESSING || request.headers['accept-encoding'] === undefined) return 'identity';
  const accepted = new Negotiator(request).encodings(['br', 'gzip']);
  return (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding)) ?? 'identity';
};

export const encode = (bytes: Buffer, encoding: Encoding): Buffer | Promise<Buffer> =>
  encoding === 'identity' ? bytes : compressors[encoding](bytes);
