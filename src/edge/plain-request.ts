import type { IncomingMessage } from 'node:http';

/** Request headers that change what an answer is, or who is to be answered how; the long way knows. */
const SPECIAL = [
  'cache-control',
  'origin',
  'range',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
] as const;

const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined ||
  accept === '*/*' ||
  // Whoever weighs media types is answered the long way.
  (!accept.includes('q=') && /(^|[\s,])(\*\/\*|application\/json)($|[\s,])/.test(accept));

/** A read that asks for nothing but JSON, as nearly all do. */
export const isPlainRead = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && acceptsJson(headers.accept) && SPECIAL.every((name) => headers[name] === undefined);
