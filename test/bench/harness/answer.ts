import { type IncomingHttpHeaders, request as send } from 'node:http';

/** An answer as received. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The approximate size on the wire, head and body, in bytes. */
  readonly wireBytes: number;
}

/** The requirements for an answer to count. */
export interface Expectation {
  readonly status: number;
  /** Byte for byte. */
  readonly body?: Buffer;
  /** A strong validator, quoted. */
  readonly etag?: boolean;
  /** Another check of the body; returns what is wrong. */
  readonly holds?: (body: Buffer) => string | undefined;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const headBytes = (rawHeaders: readonly string[]): number =>
  rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 'HTTP/1.1 200 OK\r\n\r\n'.length);

/** Sends one request on a new connection. */
export const ask = (url: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers: received, rawHeaders } = response;
        resolve({ status, headers: received, body: bytes, wireBytes: headBytes(rawHeaders) + bytes.length });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const STRONG_TAG = /^"[^"]+"$/;

/** Everything that is wrong with an answer, in sentences; empty for a correct answer. */
export function objections({ status, headers, body }: Answer, expected: Expectation): string[] {
  const found: string[] = [];
  if (status !== expected.status) found.push(`status ${status} instead of ${expected.status}`);
  if (expected.body && !body.equals(expected.body))
    found.push(`${body.length} bytes that are not the ${expected.body.length} expected`);
  if (expected.etag && !STRONG_TAG.test(headers.etag ?? ''))
    found.push(`no strong ETag, but ${headers.etag ?? 'none'}`);
  const wrong = expected.holds?.(body);
  if (wrong) found.push(wrong);
  return found;
}

/** The share by which the mean size under load may differ from the checked answer, because `Age` and timings differ. */
const SIZE_TOLERANCE = 0.1;

/** Whether answers under load have the size of the checked answer. A fast error would be smaller. */
export const isOfSize = (meanBytes: number, wireBytes: number): boolean =>
  Math.abs(meanBytes - wireBytes) <= Math.max(64, wireBytes * SIZE_TOLERANCE);
