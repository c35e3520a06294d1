import { type Agent, get, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names of its headers in the order in which they came. */
  readonly names: readonly string[];
  readonly bytes: Buffer;
}

/** Raw, so that nothing is unpacked or hidden. */
export const ask = (
  agent: Agent,
  address: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    // The address as it is: `new URL` would put it in order.
    const [, host = '', path = ''] = /^http:\/\/([^/]+)(.*)$/s.exec(address) ?? [];
    const [hostname, port] = host.split(':');
    get({ hostname, port, path, headers, method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          names: response.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
          bytes: Buffer.concat(chunks),
        }),
      );
    }).on('error', reject);
  });

/** The framework begins with the id of a request, the edge ends with it: nothing else tells from outside who answered. */
export const isOfTheEdge = ({ names }: Answer): boolean =>
  names[0] !== 'x-request-id' && names.includes('x-request-id');

const unpack = ({ headers, bytes }: Answer): Buffer => {
  const encoding = headers['content-encoding'];
  return encoding === 'gzip' ? gunzipSync(bytes) : encoding === 'br' ? brotliDecompressSync(bytes) : bytes;
};

export const textOf = (answer: Answer): string => unpack(answer).toString();
export const jsonOf = (answer: Answer): unknown => (answer.bytes.length > 0 ? JSON.parse(textOf(answer)) : undefined);

/** Headers that differ from one answer to the next, whoever gives it. */
const VOLATILE = ['date', 'x-request-id', 'server-timing', 'age', 'cache-status', 'ratelimit'];

/** Members of bodies that do: where the parts of an aggregate came from, and the id that a problem repeats. */
const FLEETING = new Set(['ageMs', 'source', 'requestId']);
const withoutFleeting = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body ?? null, (name, value: unknown) => (FLEETING.has(name) ? undefined : value)));

/** All of an answer that is the same whenever and by whichever way the same is asked. */
export const settled = (answer: Answer) => {
  const { status, headers } = answer;
  const isFleeting = headers['x-aggregate-complete'] !== undefined || status >= 400;
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(
        ([name]) => !VOLATILE.includes(name) && !(isFleeting && name === 'content-length'),
      ),
    ),
    volatile: VOLATILE.filter((name) => headers[name] !== undefined),
    body: isFleeting ? withoutFleeting(jsonOf(answer)) : textOf(answer),
  };
};
