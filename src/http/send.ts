import type { Request, Response } from 'express';
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
const pathOf = (request: Request): string => request.originalUrl.split('?')[0] ?? '';
const queryOf = (request: Request): string => request.originalUrl.slice(pathOf(request).length + 1);

const setTiming = (response: Response): void => {
  const timing = serverTiming();
  if (timing) response.setHeader('Server-Timing', timing);
};

const validators = (response: Response, { payload, provenance, options }: Representation, encoding: Encoding): void => {
  if (options.storable === false) {
    response.setHeader('Cache-Control', 'no-store');
    return;
  }
  // What is stale already must not be kept by anyone else.
  response.setHeader('Cache-Control', isStale(provenance) ? 'no-store' : 'private, no-cache');
  response.setHeader('ETag', entityTag(options.etag ?? payload.etag, encoding));
};

const isNotModified = (request: Request, { payload, options }: Representation): boolean => {
  const header = request.headers['if-none-match'];
  return (
    header !== undefined && options.storable !== false && namesEntity(header, options.etag ?? payload.etag, 'weak')
  );
};

/** What an answer says of its bytes; a 304 says nothing of them. */
export const headersOfBytes = (bytes: Buffer, encoding: Encoding): Record<string, string> => ({
  ...(encoding !== 'identity' && { 'Content-Encoding': encoding }),
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': String(bytes.length),
});

/** Told of an answer when it is about to go; its bytes are undefined where a 304 spared making them. */
export type OnSend = (
  request: Request,
  response: Response,
  representation: Representation,
  encoding: Encoding,
  bytes: Buffer | undefined,
) => void;

/** Writes a successful answer: validators, cache headers, links, encoding; or 304 when the caller has it already. */
export async function sendRepresentation(
  request: Request,
  response: Response,
  representation: Representation,
  publicUrl: string,
  onSend?: OnSend,
): Promise<void> {
  const { payload, provenance, options } = representation;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const encoding = chooseEncoding(request, payload.bytes.length);

  for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
  if (options.location) response.setHeader('Location', publicUrl + options.location);
  response.setHeader('Vary', [response.getHeader('Vary') ?? [], 'Accept-Encoding'].flat().join(', '));
  validators(response, representation, encoding);
  setTiming(response);
  if (isRead) {
    response.setHeader('Age', age(provenance));
    response.setHeader('Cache-Status', cacheStatus(provenance));
  }
  if (options.page) {
    response.setHeader('Total-Number', String(options.page.total));
    response.setHeader('Link', pageLinks(publicUrl + pathOf(request), queryOf(request), options.page));
  }
  if (isRead && isNotModified(request, representation)) {
    response.statusCode = 304;
    onSend?.(request, response, representation, encoding, encoding === 'identity' ? payload.bytes : undefined);
    response.end();
    return;
  }

  const bytes = await encode(payload.bytes, encoding);
  for (const [name, value] of Object.entries(headersOfBytes(bytes, encoding))) response.setHeader(name, value);
  onSend?.(request, response, representation, encoding, bytes);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Writes an error. Nobody may keep it. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  if (response.headersSent) {
    // The answer was already on its way: a cut connection tells the caller that it is not whole.
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(problem.options.headers ?? {})) response.setHeader(name, value);
  setTiming(response);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'application/problem+json');
  const body = problem.toBody({ instance: pathOf(request), requestId: requestContext()?.id ?? '' });
  response.statusCode = problem.status;
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}
