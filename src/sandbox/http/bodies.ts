import { gunzipSync, inflateSync } from 'node:zlib';
import type { SandboxRequest } from './exchange.js';
import { BareRefusal, internalError } from './refusal.js';

/** The most of a JSON body Logto reads; the transport keeps one byte more, so that too much can be told from enough. */
export const BODY_LIMIT = 1024 * 1024;
const FORM_LIMIT = 56 * 1024;

/** A body no one should have sent: Logto answers 404 "Not Found". */
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
  // A lone surrogate cannot be stored as UTF-8; it becomes U+FFFD on the way to the database.
  const mayHoldSurrogates = /\\u[dD][89a-fA-F]/.test(text);
  const mayHoldPrototype = text.includes('__proto__');
  try {
    if (!mayHoldSurrogates && !mayHoldPrototype) return JSON.parse(text);
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

/** Broken and unknown encodings are Logto's own failures, not the caller's. */
function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body;
  const unpack = { gzip: gunzipSync, deflate: inflateSync }[encoding];
  if (!unpack) throw internalError();
  try {
    // Past the limit by one byte, the rest need not be known.
    return unpack(body, { maxOutputLength: BODY_LIMIT + 1 });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : internalError();
  }
}

/** What Logto makes of a body: whatever it has no parser for is read as an empty object. */
export function readBody({ headers, body }: SandboxRequest): unknown {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const limit = JSON_TYPES.has(type) ? BODY_LIMIT : FORM_LIMIT;
  const known = JSON_TYPES.has(type) || type === 'application/x-www-form-urlencoded' || type.startsWith('text/');
  if (!known) return {};
  const bytes = unpacked(body, headers['content-encoding']);
  if (bytes.length > limit) throw new BodyTooLarge();
  const content = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (JSON_TYPES.has(type)) return readJson(content);
  if (type === 'application/x-www-form-urlencoded') return readForm(content);
  return content === '' ? {} : content;
}
