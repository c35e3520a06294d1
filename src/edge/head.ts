import { STATUS_CODES } from 'node:http';
import type { Headers } from '../http/send.js';
import type { Allowance } from '../limits/rate-limiter.js';

/** The first line of an answer and header lines behind it. */
export const startOf = (status: number, headers: Headers): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(headers)}`;

export const linesOf = (headers: Headers): string => {
  let lines = '';
  for (const [name, value] of headers) lines += `${name}: ${value}\r\n`;
  return lines;
};

/** Who asked what how often: the headers of every answer to a known caller. */
export const requestLines = (requestId: string, allowance: Allowance | undefined): string =>
  `X-Request-Id: ${requestId}\r\n` +
  (allowance ? `RateLimit-Policy: ${allowance.policy}\r\nRateLimit: ${allowance.state}\r\n` : '');

/**
 * How the head of an answer ends whose connection is kept, as Node ends it: date, connection, empty line.
 * @param keepAliveMs how long a connection is kept that nothing is asked on
 */
export function endOfHead(keepAliveMs: number): () => string {
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
