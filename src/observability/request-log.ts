import type { Logger } from 'pino';
import { destinationOf } from './logger.js';
import { scrub } from './scrub.js';

/** The ids of a caller. */
interface Actor {
  readonly kind: string;
  readonly subject: string;
  readonly clientId: string;
}

/** The content of the log line of one request. */
export interface ServedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Without its query: people search for e-mail addresses. */
  readonly path: string;
  readonly status: number;
  /** From the arrival of the request to the end of its answer. */
  readonly durationMs: number;
  /** Undefined without a valid token. */
  readonly caller: Actor | undefined;
  readonly upstreamCalls: number;
  /** The client disconnected before it had the whole answer. */
  readonly isAborted: boolean;
}

export type RequestLog = (served: ServedRequest) => void;

const isProbe = (path: string): boolean => path.startsWith('/health') || path === '/metrics';

/** Text without blanks and @ can contain only one kind of secret: a token. */
const scrubToken = (text: string): string => (text.includes('eyJ') ? scrub(text) : text);

/** The members of a JSON object, without its braces. */
const membersOf = (value: object): string => scrub(JSON.stringify(value).slice(1, -1));

/** Nearly all paths need no escaping. */
const PLAIN_PATH = /^[\w/-]*$/;
const requestText = (method: string, path: string): string =>
  PLAIN_PATH.test(path)
    ? `"req":{"method":"${method}","path":"${scrubToken(path)}"}`
    : membersOf({ req: { method, path } });

/** A cached token always yields the same caller object, so the string is built once per token. */
const callers = new WeakMap<Actor, string>();

const callerText = (caller: Actor): string => {
  let text = callers.get(caller);
  if (text === undefined) {
    const { kind, subject: sub, clientId } = caller;
    text = `,${membersOf({ caller: { kind, sub, clientId } })}`;
    callers.set(caller, text);
  }
  return text;
};

/** The time in a line. Many lines share a millisecond. */
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

/** The same line as the logger would write, but built from strings that already exist. */
const lineOf = (
  level: string,
  { requestId, method, path, status, durationMs, caller, upstreamCalls, isAborted }: ServedRequest,
): string =>
  `{"level":"${level}","time":"${timeText()}","requestId":"${scrubToken(requestId)}",${requestText(method, path)},"res":{"status":${status}},` +
  `"responseTime":${Math.round(durationMs)}${caller ? callerText(caller) : ''},"upstreamCalls":${upstreamCalls}` +
  `${isAborted ? ',"aborted":true' : ''},"msg":"${method} ${status}"}\n`;

/**
 * Writes one line per request. Lines of successful reads may wait for others.
 * @param readsEvery writes one line for so many successful reads; every other request has a line
 */
export function requestLogger(logger: Logger, readsEvery: number): RequestLog {
  const destination = destinationOf(logger);
  const write = destination.write.bind(destination);
  const writeSoon = destination.writeSoon?.bind(destination) ?? write;
  let reads = 0;
  return (served) => {
    const { method, path, status } = served;
    const isGoodRead = status < 400 && (method === 'GET' || method === 'HEAD');
    if (isProbe(path) || (isGoodRead && reads++ % readsEvery !== 0)) return;
    const level = status >= 500 ? 'error' : 'info';
    if (logger.isLevelEnabled(level)) (isGoodRead ? writeSoon : write)(lineOf(level, served));
  };
}
