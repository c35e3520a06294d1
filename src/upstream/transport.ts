import { Pool } from 'undici';
import { requestContext } from '../context/request-context.js';
import type { Exchange, UpstreamRequest } from './exchange.js';
import { cutShort, Journey } from './journey.js';

export interface TransportOptions {
  /** Logto's address; a path in it is kept in front of every request's. */
  readonly endpoint: string;
  readonly connections: number;
  /** Largest answer that is read to its end, in bytes. */
  readonly maxBytes: number;
}

/** Logto closes idle sockets after 5 s; ours are dropped earlier, so that no request meets a closing one. */
const IDLE_MS = 4000;

const encodeBody = (body: unknown): { bytes?: string; contentType?: string } => {
  if (body === undefined) return {};
  if (body instanceof URLSearchParams)
    return { bytes: body.toString(), contentType: 'application/x-www-form-urlencoded' };
  return { bytes: JSON.stringify(body), contentType: 'application/json' };
};

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

  readonly exchange: Exchange = (request) =>
    new Promise((resolve, reject) => {
      const { method, path, signal } = request;
      if (signal?.aborted) {
        reject(cutShort(signal.reason, false) as Error);
        return;
      }
      const { bytes = null, contentType } = encodeBody('body' in request ? request.body : undefined);
      this.#pool.dispatch(
        { method, path: this.#prefix + path, headers: headersOf(request, contentType), body: bytes },
        new Journey(request, this.options.maxBytes, resolve, reject),
      );
    });

  close(): Promise<void> {
    return this.#pool.close();
  }
}
