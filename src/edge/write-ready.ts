import type { ServerResponse } from 'node:http';
import type { Departures } from '../http/departures.js';

/** Up to this size head and body go to the socket as one text; larger bodies are not copied. */
const SHORT_BYTES = 16 * 1024;

/** A body as it is written: short ones as text whose characters are their bytes, which is what Node calls latin1. */
export const readyBody = (bytes: Buffer): Buffer | string =>
  bytes.length < SHORT_BYTES ? bytes.toString('latin1') : bytes;

/** Where Node keeps a head between `writeHead` and the first byte of the body, for as long as there has been a Node. */
const HEAD = '_header';

/**
 * Sends an answer whose head is ready as text, status line and empty line included. Node's `writeHead` looks at each header
 * by itself, whether its name is a name and its value holds no line break: 4 µs for two dozen of ours, all of which are made
 * here or were looked at when they were set. Head and a body that is text go to the socket in one write, encoded as latin1.
 * @param body made by `readyBody`
 */
export function writeReady(
  response: ServerResponse,
  status: number,
  head: string,
  body: Buffer | string,
  departures: Departures,
): void {
  const isText = typeof body === 'string';
  response.statusCode = status;
  (response as unknown as Record<string, string>)[HEAD] = isText ? head + body : head;
  departures.end(response, isText ? undefined : body);
}
