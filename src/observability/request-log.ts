import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import { type RequestContext, requestContext } from '../context/request-context.js';
import { destinationOf } from './logger.js';
import { scrub } from './scrub.js';

/** What was asked for. The same for as long as the same is asked, so it is made once for an answer that is given again. */
export interface Asked {
  readonly isRead: boolean;
  readonly isProbe: boolean;
  readonly method: string;
  /** As it stands in a line: members of a JSON object. */
  readonly text: string;
}

/** What the log says of one request. */
export interface ServedRequest {
  readonly requestId: string;
  readonly asked: Asked;
  readonly status: number;
  /** From its arrival to the end of its answer. */
  readonly durationMs: number;
  /** Absent for a stranger. */
  readonly caller: Caller | undefined;
  readonly upstreamCalls: number;
  /** The other side left before it had the whole answer. */
  readonly aborted: boolean;
}

export type RequestLog = (served: ServedRequest) => void;

const isProbe = (url: string): boolean => url.startsWith('/health') || url === '/metrics';

/** Of what must never be in a line, text without blanks and @ could only hold a token. */
const scrubToken = (text: string): string => (text.includes('eyJ') ? scrub(text) : text);

/** The members of a JSON object, to stand among others. */
const membersOf = (value: object): string => scrub(JSON.stringify(value).slice(1, -1));

/** Nearly all paths need no escaping. */
const PLAIN_PATH = /^[\w/-]*$/;
const pathText = (method: string, path: string): string =>
  PLAIN_PATH.test(path)
    ? `"req":{"method":"${method}","path":"${scrubToken(path)}"}`
    : membersOf({ req: { method, path } });

/** @param url with or without its query, which is left out: people search for e-mail addresses */
export const askedFor = (method: string, url: string): Asked => ({
  isRead: method === 'GET' || method === 'HEAD',
  isProbe: isProbe(url),
  method,
  text: pathText(method, url.split('?', 1)[0] ?? ''),
});

/** A caller is the same object for as long as its token is remembered. */
const callers = new WeakMap<Caller, string>();

const callerText = (caller: Caller): string => {
  let text = callers.get(caller);
  if (text === undefined) {
    const { kind, subject: sub, clientId } = caller;
    text = `,${membersOf({ caller: { kind, sub, clientId } })}`;
    callers.set(caller, text);
  }
  return text;
};

/** The time as lines have it; many lines share a millisecond. */
const timeText = (() => {
  let at = 0;
  let text = '';
  return (): string => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
})();

/** The line as the logger would write it, put together from texts that are there already. */
const lineOf = (
  level: string,
  { requestId, asked, status, durationMs, caller, upstreamCalls, aborted }: ServedRequest,
): string =>
  `{"level":"${level}","time":"${timeText()}","requestId":"${scrubToken(requestId)}",${asked.text},"res":{"status":${status}},` +
  `"responseTime":${Math.round(durationMs)}${caller ? callerText(caller) : ''},"upstreamCalls":${upstreamCalls}` +
  `${aborted ? ',"aborted":true' : ''},"msg":"${asked.method} ${status}"}\n`;

/**
 * Writes one line per request. Who called is named by ids. Lines of reads that succeeded may wait for others.
 * @param readsEvery one line for so many successful reads; whatever else there is leaves a line each time
 */
export function requestLogger(logger: Logger, readsEvery: number): RequestLog {
  const destination = destinationOf(logger);
  const write = destination.write.bind(destination);
  const writeSoon = destination.writeSoon?.bind(destination) ?? write;
  let reads = 0;
  return (served) => {
    const { asked, status } = served;
    const isSmooth = status < 400 && asked.isRead;
    if (asked.isProbe || (isSmooth && reads++ % readsEvery !== 0)) return;
    const level = status >= 500 ? 'error' : 'info';
    if (logger.isLevelEnabled(level)) (isSmooth ? writeSoon : write)(lineOf(level, served));
  };
}

/** Writes the line of a request that is over, answered or left. */
export const noteServed = (
  log: RequestLog,
  request: Pick<AuthenticatedRequest, 'method' | 'originalUrl'> & Partial<Pick<AuthenticatedRequest, 'caller'>>,
  response: ServerResponse,
  context: RequestContext | undefined,
): void =>
  log({
    requestId: context?.id ?? '',
    asked: askedFor(request.method, request.originalUrl),
    status: response.statusCode,
    durationMs: performance.now() - (context?.startedAt ?? 0),
    caller: request.caller,
    upstreamCalls: context?.upstream.filter(({ source }) => source === 'upstream').length ?? 0,
    aborted: !response.writableFinished,
  });

/** Notes every request when its answer is written, or its connection lost. */
export const requestLog =
  (log: RequestLog): RequestHandler =>
  (request, response, next) => {
    const context = requestContext();
    response.once('close', () => noteServed(log, request, response, context));
    next();
  };
