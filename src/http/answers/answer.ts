import type { IncomingMessage } from 'node:http';
import { isStale, type Provenance } from '../../core/exchange.js';
import type { Problem } from '../problems/problem.js';
import { age, cacheStatus } from './cache-status.js';
import { chooseEncoding, encode } from './compression.js';
import { type Encoding, entityTag, namesEntity } from './entity-tag.js';
import type { Headers } from './headers.js';
import { pageLinks } from './links.js';
import type { Representation } from './representation.js';
import { serverTiming, type TimedRequest } from './server-timing.js';

/** The response to one request, without the headers of the layers. */
export interface Answer {
  readonly status: number;
  /** The same each time the answer is given. */
  readonly headers: Headers;
  /** Headers that differ each time, as lines of a head: see `varyingLines`. */
  readonly varying: string;
  /** Headers about the bytes; none for a 304. */
  readonly content: Headers;
  /** Undefined without a body, and for a 304. */
  readonly bytes: Buffer | undefined;
}

/** The answer to a successful read or write. */
export interface SuccessAnswer extends Answer {
  readonly encoding: Encoding;
}

/** What an answer depends on in its request. */
export interface AnsweredRequest extends TimedRequest {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: string;
}

/** What an answer depends on besides. */
export interface AnswerContext {
  /** The status that the operation declares. */
  readonly status: number;
  /** The public address, with which links begin. */
  readonly publicUrl: string;
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
  answered: AnsweredRequest,
  { status, publicUrl }: AnswerContext,
): SuccessAnswer | Promise<SuccessAnswer> {
  const { request, path, query } = answered;
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
  const varying = varyingLines(answered, isRead ? provenance : undefined);
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
  varying: '',
  // A 204 must not have Content-Length (RFC 9110, 8.6).
  content: status === 204 ? [] : [['Content-Length', '0']],
  bytes: undefined,
});

/** The headers of an answer that differ each time. @param provenance of a read */
export const varyingLines = (request: TimedRequest, provenance?: Provenance): string =>
  `Server-Timing: ${serverTiming(request)}\r\n` +
  (provenance ? `Age: ${age(provenance)}\r\nCache-Status: ${cacheStatus(provenance)}\r\n` : '');

/** Makes an answer for an error. Nobody may store it. */
export function problemAnswer(
  problem: Problem,
  { path, id }: { readonly path: string; readonly id: string },
  varying = '',
): Answer {
  const bytes = Buffer.from(JSON.stringify(problem.toBody({ instance: path, requestId: id })));
  return {
    status: problem.status,
    headers: [...Object.entries(problem.options.headers ?? {}), ['Cache-Control', 'no-store']],
    varying,
    content: [
      ['Content-Type', 'application/problem+json'],
      ['Content-Length', String(bytes.length)],
    ],
    bytes,
  };
}
