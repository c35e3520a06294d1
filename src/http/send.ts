import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { requestContext } from '../context/request-context.js';
import { age, cacheStatus } from './cache-status.js';
import { chooseEncoding, encode } from './compression.js';
import { type Encoding, entityTag, namesEntity } from './entity-tag.js';
import { isStale } from '../upstream/exchange.js';
import { pageLinks } from './links.js';
import type { Problem } from './problem.js';
import type { Representation } from './representation.js';
import { serverTiming } from './server-timing.js';

/** The path asked for, without its query. */
const pathOf = (request: Pick<Request, 'originalUrl'>): string => request.originalUrl.split('?')[0] ?? '';
const queryOf = (request: Pick<Request, 'originalUrl'>): string =>
  request.originalUrl.slice(pathOf(request).length + 1);

/** Header lines: names and values. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** What is sent for a representation; what every answer carries besides is not in it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly encoding: Encoding;
  /** Undefined where the caller has them already. */
  readonly bytes: Buffer | undefined;
}

/** What an answer depends on beside its representation. */
export interface Surroundings {
  /** The status of its operation. */
  readonly status: number;
  /** The public address, where links lead to. */
  readonly publicUrl: string;
  /** Request headers that were looked at before: names as in `Vary`. */
  readonly vary: string | undefined;
}

/** A request as Express has it, and as the edge has it without Express. */
export type AddressedRequest = IncomingMessage & Pick<Request, 'originalUrl'>;

const validators = ({ payload, provenance, options }: Representation, encoding: Encoding): Headers => {
  if (options.storable === false) return [['Cache-Control', 'no-store']];
  return [
    // What is stale already must not be kept by anyone else.
    ['Cache-Control', isStale(provenance) ? 'no-store' : 'private, no-cache'],
    ['ETag', entityTag(options.etag ?? payload.etag, encoding)],
  ];
};

const isNotModified = (request: AddressedRequest, { payload, options }: Representation): boolean => {
  const header = request.headers['if-none-match'];
  return (
    header !== undefined && options.storable !== false && namesEntity(header, options.etag ?? payload.etag, 'weak')
  );
};

/** What an answer says of its bytes; a 304 says nothing of them. */
const headersOfBytes = (bytes: Buffer, encoding: Encoding): Headers => [
  ...(encoding === 'identity' ? [] : [['Content-Encoding', encoding] as const]),
  ['Content-Type', 'application/json; charset=utf-8'],
  ['Content-Length', String(bytes.length)],
];

/** A successful answer: validators, cache headers, links, encoding; or 304 when the caller has it already. */
export function answerOf(
  request: AddressedRequest,
  representation: Representation,
  { status, publicUrl, vary }: Surroundings,
): Answer | Promise<Answer> {
  const { payload, provenance, options } = representation;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const encoding = chooseEncoding(request, payload.bytes.length);
  const timing = serverTiming();

  const headers: (readonly [string, string])[] = [
    ...Object.entries(options.headers ?? {}),
    ['Vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`],
    ...validators(representation, encoding),
  ];
  if (options.location) headers.push(['Location', publicUrl + options.location]);
  if (timing) headers.push(['Server-Timing', timing]);
  if (isRead) headers.push(['Age', age(provenance)], ['Cache-Status', cacheStatus(provenance)]);
  if (options.page) {
    headers.push(['Total-Number', String(options.page.total)]);
    headers.push(['Link', pageLinks(publicUrl + pathOf(request), queryOf(request), options.page)]);
  }
  if (isRead && isNotModified(request, representation)) return { status: 304, headers, encoding, bytes: undefined };

  const whole = (bytes: Buffer): Answer => {
    headers.push(...headersOfBytes(bytes, encoding));
    return { status: options.status ?? status, headers, encoding, bytes };
  };
  const bytes = encode(payload.bytes, encoding);
  return 'then' in bytes ? bytes.then(whole) : whole(bytes);
}

/** Writes an error. Nobody may keep it. */
export function sendProblem(request: AddressedRequest, response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    // The answer was already on its way: a cut connection tells the caller that it is not whole.
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(problem.options.headers ?? {})) response.setHeader(name, value);
  const timing = serverTiming();
  if (timing) response.setHeader('Server-Timing', timing);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'application/problem+json');
  const body = problem.toBody({ instance: pathOf(request), requestId: requestContext()?.id ?? '' });
  response.statusCode = problem.status;
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}
