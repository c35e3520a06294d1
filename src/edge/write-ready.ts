import type { ServerResponse } from 'node:http';

/** Text whose characters are bytes: what HTTP heads are made of, and how any bytes can stand behind one. */
export const bytesAsText = (bytes: Buffer): string => bytes.toString('latin1');

/** What Node keeps a head in between `writeHead` and the first byte of the body, for as long as there has been a Node. */
interface WithHead {
  _header: string | null;
}

/**
 * Sends an answer whose head is ready as text, status line and empty line included. Node's `writeHead` looks at each header
 * by itself, whether its name is a name and its value holds no line break; these were looked at when the answer was first
 * given. Head and a body that is text go to the socket as one string; Node encodes it as latin1.
 * @param body bytes, or text made by `bytesAsText`
 */
export function writeReady(response: ServerResponse, status: number, head: string, body: Buffer | string): void {
  response.statusCode = status;
  if (typeof body === 'string') {
    (response as unknown as WithHead)._header = head + body;
    response.end();
  } else {
    (response as unknown as WithHead)._header = head;
    response.end(body);
  }
}
