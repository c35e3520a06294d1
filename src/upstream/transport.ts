import { Pool } from 'undici';
import { requestContext } from '../context/request-context.js';
import { FROM_UPSTREAM, type Exchange, type UpstreamRequest } from './exchange.js';
import { Payload } from './payload.js';
import { UpstreamFault } from './upstream-fault.js';

export interface TransportOptions {
  /** Logto's address; a path in it is kept in front of every request's. */
  readonly endpoint: string;
  readonly connections: number;
  /** Largest answer that is read to its end, in bytes. */
  readonly maxBytes: number;
}

/** Logto closes idle sockets after 5 s; ours are dropped earlier, so that no request meets a closing one. */
const IDLE_MS = 4000;

/** The request never reached Logto: no connection was made. */
const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const encodeBody = (body: unknown): { bytes?: string; contentType?: string } => {
  if (body === undefined) return {};
  if (body instanceof URLSearchParams)
    return { bytes: body.toString(), contentType: 'application/x-www-form-urlencoded' };
  return { bytes: JSON.stringify(body), contentType: 'application/json' };
};

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
const wholeNumber = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;

const headersOf = (request: UpstreamRequest, contentType: string | undefined): Record<string, string> => {
  const traceparent = requestContext()?.traceparent;
  return {
    accept: 'application/json',
    // Logto translates its messages; callers of the gateway read English.
    'accept-language': 'en',
    ...(contentType && { 'content-type': contentType }),
    ...(traceparent && { traceparent }),
    ...request.headers,
  };
};

/** Puts requests on the wire and nothing else: no retry, no token, no judgement of the answer. */
export class Transport {
  readonly #pool: Pool;
  readonly #prefix: string;

  constructor(private readonly options: TransportOptions) {
    const { origin, pathname } = new URL(options.endpoint);
    this.#prefix = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      connections: options.connections,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
    });
  }

  readonly exchange: Exchange = async (request) => {
    const { bytes, contentType } = encodeBody('body' in request ? request.body : undefined);
    try {
      const answer = await this.#pool.request({
        method: request.method,
        path: this.#prefix + request.path,
        headers: headersOf(request, contentType),
        body: bytes ?? null,
        signal: request.signal ?? null,
      });
      const { headers } = answer;
      return {
        status: answer.statusCode,
        contentType: one(headers['content-type']) ?? '',
        total: wholeNumber(one(headers['total-number'])),
        retryAfterS: wholeNumber(one(headers['retry-after'])),
        etag: one(headers['etag']),
        payload: new Payload(await this.#read(answer.body, request)),
        provenance: FROM_UPSTREAM,
      };
    } catch (error) {
      throw this.#fault(error, request);
    }
  };

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #read(body: AsyncIterable<Buffer>, request: UpstreamRequest): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > this.options.maxBytes) {
        throw new UpstreamFault(
          'upstream.invalid_response',
          `${request.path.split('?')[0]} was answered with more than ${this.options.maxBytes} bytes`,
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }

  #fault(error: unknown, request: UpstreamRequest): unknown {
    if (error instanceof UpstreamFault || request.signal?.aborted) return error;
    const code = (error as { code?: string }).code ?? '';
    const what = `${request.method} ${request.path.split('?')[0]} failed: ${(error as Error).message}`;
    if (NEVER_LEFT.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT')) {
      return new UpstreamFault('upstream.unavailable', what, { cause: error });
    }
    return new UpstreamFault('upstream.error', what, { wrote: request.method !== 'GET', cause: error });
  }
}
