import type { IncomingMessage } from 'node:http';
import { isStale } from '../../core/exchange.js';
import type { Problem } from '../problems/problem.js';
import { age, cacheStatus } from './cache-status.js';
import { chooseEncoding, encode } from './compression.js';
import { type Encoding, entityTag, namesEntity } from './entity-tag.js';
import type { Headers } from './headers.js';
import { pageLinks } from './links.js';
import type { Representation } from './representation.js';

/** The response to one request, without the headers of the layers. */
export interface Answer {
  readonly status: number;
  /** The same each time the answer is given. */
  readonly headers: Headers;
  /** Different each time, such as `Age`. */
  readonly varying: Headers;
  /** Headers about the bytes; none for a 304. */
  readonly content: Headers;
  /** Undefined without a body, and for a 304. */
  readonly bytes: Buffer | undefined;
}

/** The answer to a successful read or write. */
export interface SuccessAnswer extends Answer {
  readonly encoding: Encoding;
}

/** The inputs of an answer besides its representation. */
export interface AnswerContext {
  readonly request: IncomingMessage;
  /** Path and query of the request. */
  readonly path: string;
  readonly query: string;
  /** The status that the operation declares. */
  readonly status: number;
  /** The public address, with which links begin. */
  readonly publicUrl: string;
  /** Value of `Server-Timing`. */
  readonly timing: string;
}

const validators = ({ payload, provenance, options }: Representation, encoding: Encoding): Headers => {
  if (options.storable === false) return [['Cache-Control', 'no-store']];
  return [
    // Nobody else may store a stale answer.
    ['Cache-Control', isStale(provenance) ? 'no-store' : 'private, no-cache'],
    ['ETag', entityTag(options.etag ?? payload.etag, encoding)],
  ];
};

const isNotModified = (request: IncomingMessage, { payload, options }: Representation): boolean => {
  const header = request.headers['if-none-match'];
  return (
    header !== undefined && options.storable !== false && namesEntity(header, options.etag ?? payload.etag, 'weak')
  );
};

const contentOf = (bytes: Buffer, encoding: Encoding): Headers => [
  ...(encoding === 'identity' ? [] : [['Content-Encoding', encoding] as const]),
  ['Content-Type', 'application/json; charset=utf-8'],
  ['Content-Length', String(bytes.length)],
];

/** Makes a successful answer with validators, cache headers, links and encoding; or a 304 if the caller's copy is current. */
export function answerOf(
  representation: Representation,
  { request, path, query, status, publicUrl, timing }: AnswerContext,
): SuccessAnswer | Promise<SuccessAnswer> {
  const { payload, provenance, options } = representation;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const encoding = chooseEncoding(request, payload.bytes.length);
  const headers: (readonly [string, string])[] = [
    ...Object.entries(options.headers ?? {}),
    ['Vary', 'Accept-Encoding'],
    ...validators(representation, encoding),
  ];
  if (options.location) headers.push(['Location', publicUrl + options.location]);
  if (options.page) {
    headers.push(['Total-Number', String(options.page.total)]);
    headers.push(['Link', pageLinks(publicUrl + path, query, options.page)]);
  }
  const varying: (readonly [string, string])[] = [['Server-Timing', timing]];
  if (isRead) varying.push(['Age', age(provenance)], ['Cache-Status', cacheStatus(provenance)]);
  if (isRead && isNotModified(request, representation))
    return { status: 304, headers, varying, content: [], encoding, bytes: undefined };

  const withBytes = (bytes: Buffer): SuccessAnswer => ({
    status: options.status ?? status,
    headers,
    varying,
    content: contentOf(bytes, encoding),
    encoding,
    bytes,
  });
  const bytes = encode(payload.bytes, encoding);
  return 'then' in bytes ? bytes.then(withBytes) : withBytes(bytes);
}

/** An answer without a body. */
export const emptyAnswer = (status: number): Answer => ({
  status,
  headers: [],
  varying: [],
  // A 204 must not have Content-Length (RFC 9110, 8.6).
  content: status === 204 ? [] : [['Content-Length', '0']],
  bytes: undefined,
});

/** Makes an answer for an error. Nobody may store it. */
export function problemAnswer(
  problem: Problem,
  { path, requestId, timing }: { readonly path: string; readonly requestId: string; readonly timing?: string },
): Answer {
  const bytes = Buffer.from(JSON.stringify(problem.toBody({ instance: path, requestId })));
  return {
    status: problem.status,
    headers: [...Object.entries(problem.options.headers ?? {}), ['Cache-Control', 'no-store']],
    varying: timing === undefined ? [] : [['Server-Timing', timing]],
    content: [
      ['Content-Type', 'application/problem+json'],
      ['Content-Length', String(bytes.length)],
    ],
    bytes,
  };
}
