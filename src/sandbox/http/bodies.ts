import { gunzipSync, inflateSync } from 'node:zlib';
import type { SandboxRequest } from './exchange.js';
import { BareRefusal, internalError } from './refusal.js';

/** Logto's limit for JSON bodies. The server keeps one byte more, so that a body over the limit can be recognized. */
export const BODY_LIMIT = 1024 * 1024;
const FORM_LIMIT = 56 * 1024;

/** Logto answers 404 "Not Found" to such a body. */
export class BodyTooLarge extends Error {}

const JSON_TYPES = new Set([
  'application/json',
  'application/json-patch+json',
  'application/vnd.api+json',
  'application/csp-report',
]);

function readJson(text: string): unknown {
  if (text === '') return {};
  if (!/^[ \t\n\r]*[[{]/.test(text)) throw new BareRefusal(400, 'invalid JSON, only supports object and array');
  // A lone surrogate cannot be encoded in UTF-8, so it becomes U+FFFD on the way to the database.
  const mayHaveSurrogates = /\\u[dD][89a-fA-F]/.test(text);
  const mayHavePrototype = text.includes('__proto__');
  try {
    if (!mayHaveSurrogates && !mayHavePrototype) return JSON.parse(text);
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw new BareRefusal(400, 'Object contains forbidden prototype property');
      return typeof value === 'string' ? Buffer.from(value).toString() : value;
    });
  } catch (error) {
    if (error instanceof BareRefusal) throw error;
    throw new BareRefusal(400, error instanceof Error ? error.message : String(error));
  }
}

function readForm(text: string): unknown {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length > 1 ? values : values[0]];
    }),
  );
}

/** Logto answers 500, not 400, to corrupt and unknown encodings. */
function decompressed(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body;
  const decompress = { gzip: gunzipSync, deflate: inflateSync }[encoding];
  if (!decompress) throw internalError();
  try {
    // One byte over the limit is enough to know that the body is too large.
    return decompress(body, { maxOutputLength: BODY_LIMIT + 1 });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : internalError();
  }
}

/** Parses a body like Logto, which reads a body without a parser for its media type as an empty object. */
export function readBody({ headers, body }: SandboxRequest): unknown {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const limit = JSON_TYPES.has(type) ? BODY_LIMIT : FORM_LIMIT;
  const known = JSON_TYPES.has(type) || type === 'application/x-www-form-urlencoded' || type.startsWith('text/');
  if (!known) return {};
  const bytes = decompressed(body, headers['content-encoding']);
  if (bytes.length > limit) throw new BodyTooLarge();
  const content = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (JSON_TYPES.has(type)) return readJson(content);
  if (type === 'application/x-www-form-urlencoded') return readForm(content);
  return content === '' ? {} : content;
}
