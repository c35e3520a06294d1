import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Sends a raw request: the path is not normalized, and the response is not decompressed. */
export const ask = (
  agent: Agent,
  address: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  body?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    // `new URL` would normalize the path.
    const [, host = '', path = ''] = /^http:\/\/([^/]+)(.*)$/s.exec(address) ?? [];
    const [hostname, port] = host.split(':');
    const sending = request({ hostname, port, path, headers, method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
        }),
      );
    });
    sending.on('error', reject).end(body);
  });

const decompress = ({ headers, bytes }: Answer): Buffer => {
  const encoding = headers['content-encoding'];
  return encoding === 'gzip' ? gunzipSync(bytes) : encoding === 'br' ? brotliDecompressSync(bytes) : bytes;
};

export const textOf = (answer: Answer): string => decompress(answer).toString();
export const jsonOf = (answer: Answer): unknown => (answer.bytes.length > 0 ? JSON.parse(textOf(answer)) : undefined);

/** Headers that differ between any two responses. */
const VOLATILE_HEADERS = ['date', 'x-request-id', 'server-timing', 'age', 'cache-status', 'ratelimit'];

/** Fields of bodies that differ: the source and age of the parts of an aggregate, and the request id of a problem. */
const VOLATILE_FIELDS = new Set(['ageMs', 'source', 'requestId']);
const withoutVolatile = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body ?? null, (name, value: unknown) => (VOLATILE_FIELDS.has(name) ? undefined : value)));

/** The parts of a response that must be the same for the same request, whichever way it is answered. */
export const settled = (answer: Answer) => {
  const { status, headers } = answer;
  const hasVolatileBody = headers['x-aggregate-complete'] !== undefined || status >= 400;
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(
        ([name]) => !VOLATILE_HEADERS.includes(name) && !(hasVolatileBody && name === 'content-length'),
      ),
    ),
    volatile: VOLATILE_HEADERS.filter((name) => headers[name] !== undefined),
    body: hasVolatileBody ? withoutVolatile(jsonOf(answer)) : textOf(answer),
  };
};
