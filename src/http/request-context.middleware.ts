import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { type RequestContext, withRequestContext } from '../context/request-context.js';
import { leavingOf } from './leaving.js';

/** What looks like an id of a request; anything else is replaced, for ids end up in logs and headers. */
const REQUEST_ID = /^[\w.:-]{8,128}$/;
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

const matching = (value: string | string[] | undefined, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;

/** The id a request brings, or a new one. */
export const requestIdOf = (headers: IncomingHttpHeaders): string =>
  matching(headers['x-request-id'], REQUEST_ID) ?? randomUUID();

const NO_CACHE = /(^|[,\s])no-cache\b/i;
const NOTHING_OLD = /(^|[,\s])max-age=0\b/i;
const ONLY_IF_CACHED = /(^|[,\s])only-if-cached\b/i;
const says = (cacheControl: string | undefined, directive: RegExp): boolean =>
  cacheControl !== undefined && directive.test(cacheControl);

/**
 * Whether the caller wants Logto asked. Browsers and every `fetch` add `no-cache` by themselves to a request that carries a
 * validator; there it takes `max-age=0` beside it.
 */
const bypassesCache = ({ 'cache-control': cacheControl, 'if-none-match': validator }: IncomingHttpHeaders): boolean =>
  says(cacheControl, NO_CACHE) && (validator === undefined || says(cacheControl, NOTHING_OLD));

/** What is to be known of a request wherever it is served. */
export const contextOf = ({ headers }: IncomingMessage, response: ServerResponse): RequestContext => ({
  id: requestIdOf(headers),
  traceparent: matching(headers['traceparent'], TRACEPARENT),
  startedAt: performance.now(),
  bypassCache: bypassesCache(headers),
  onlyIfCached: says(headers['cache-control'], ONLY_IF_CACHED),
  leaving: leavingOf(response),
  upstream: [],
  reads: [],
  faults: [],
});

/** Gives every request its id and its context, before anything else can answer. */
export const requestContextMiddleware: RequestHandler = (request, response, next) => {
  const context = contextOf(request, response);
  response.setHeader('X-Request-Id', context.id);
  withRequestContext(context, next);
};
