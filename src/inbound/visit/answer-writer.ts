import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Answer } from '../../http/answers/answer.js';
import { type Headers, headersOf, linesOf } from '../../http/answers/headers.js';
import type { ResponseBatcher } from './response-batcher.js';
import type { Visit } from './visit.js';

/** Bodies up to this size are written in one string with the head; larger ones are not copied. */
const SHORT_BYTES = 16 * 1024;

/** The form in which a body is written: a short one is a string with one character per byte (latin1). */
export const writableBody = (bytes: Buffer): Buffer | string =>
  bytes.length < SHORT_BYTES ? bytes.toString('latin1') : bytes;

/** The first line of an answer. Throws for a status that HTTP does not know. */
export function statusLine(status: number): string {
  const line = STATUS_LINES.get(status);
  if (line === undefined) throw new RangeError(`${status} is no status of HTTP`);
  return line;
}

const STATUS_LINES = new Map(
  Object.entries(STATUS_CODES).map(([status, reason]) => [Number(status), `HTTP/1.1 ${status} ${reason}\r\n`]),
);

/** The property in which Node stores a head between `writeHead` and the first byte of the body (decision 61). */
const HEAD = '_header';

/** Writes all answers, whichever part of the gateway gives them. */
export class AnswerWriter {
  readonly #endOfHead: () => string;

  /** @param keepAliveMs how long an idle connection stays open */
  constructor(
    private readonly batcher: ResponseBatcher,
    keepAliveMs: number,
  ) {
    this.#endOfHead = endOfHead(keepAliveMs);
  }

  write(visit: Visit, { status, headers, varying, content, bytes }: Answer): void {
    const { request, response } = visit;
    const body = request.method === 'HEAD' ? undefined : bytes;
    const lines = linesOf(headers) + varying + linesOf(content);
    if (canTakeLines(visit)) this.writeLines(visit, status, lines, body && writableBody(body));
    else {
      setHeaders(visit, status, headersOf(lines));
      response.statusCode = status;
      this.batcher.end(response, body);
    }
  }

  /**
   * Writes an answer with headers that are text already; for visits that `canTakeLines`. Node's `writeHead` checks each header
   * separately, which takes 4 µs for our two dozen. Most of these are constant, and all were checked when they became lines.
   * @param lines the headers of the answer; those of the layers are added
   * @param body made by `writableBody`; a string is written together with the head
   */
  writeLines(visit: Visit, status: number, lines: string, body: Buffer | string | undefined): void {
    const { response } = visit;
    const head = statusLine(status) + visit.linesFor(status) + lines + this.#endOfHead();
    const isText = typeof body === 'string';
    response.statusCode = status;
    (response as unknown as Record<string, string>)[HEAD] = isText ? head + body : head;
    this.batcher.end(response, isText ? undefined : body);
  }
}

/** Node itself must write the head of an answer that closes its connection, and one for which the framework has set headers. */
export const canTakeLines = ({ isHandedOver, response }: Visit): boolean => response.shouldKeepAlive && !isHandedOver;

const setHeaders = (visit: Visit, status: number, headers: Headers): void => {
  const { response, isHandedOver } = visit;
  if (!isHandedOver) for (const [name, value] of headersOf(visit.linesFor(status))) response.appendHeader(name, value);
  else if (status === 304) removeHeaders(response, visit);
  for (const [name, value] of headers) {
    if (name === 'Vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
};

const removeHeaders = (response: ServerResponse, visit: Visit): void => {
  const carried = new Set(headersOf(visit.linesFor(304)).map(([name]) => name));
  for (const [name] of headersOf(visit.linesFor(200))) if (!carried.has(name)) response.removeHeader(name);
};

/** The end of the head of an answer on a connection that stays open, as Node writes it: date, connection, empty line. */
function endOfHead(keepAliveMs: number): () => string {
  const hint = keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n` : '';
  let second = 0;
  let text = '';
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      text = `Date: ${new Date(now * 1000).toUTCString()}\r\nConnection: keep-alive\r\n${hint}\r\n`;
    }
    return text;
  };
}
