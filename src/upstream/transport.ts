import { Pool } from 'undici';
import { requestContext } from '../core/request-context.js';
import type { Exchange, UpstreamRequest } from '../core/exchange.js';
import { abortFault, DispatchHandler } from './dispatch-handler.js';

export interface TransportOptions {
  /** Logto's address. Its path is a prefix of every request's path. */
  readonly endpoint: string;
  readonly connections: number;
  /** The size of the largest body that is read to its end. */
  readonly maxBytes: number;
}

/** Logto closes idle connections after 5 s. We close ours earlier, so that no request is sent on a closing one. */
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
    // Logto localizes its messages, and we pass some on to callers.
    'accept-language': 'en',
    ...(contentType && { 'content-type': contentType }),
    ...(traceparent && { traceparent }),
    ...request.headers,
  };
};

/** Sends requests to Logto by HTTP and does nothing else: no retry, no token, no validation. */
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
        reject(abortFault(signal.reason, false) as Error);
        return;
      }
      const { bytes = null, contentType } = encodeBody('body' in request ? request.body : undefined);
      this.#pool.dispatch(
        { method, path: this.#prefix + path, headers: headersOf(request, contentType), body: bytes },
        new DispatchHandler(request, this.options.maxBytes, resolve, reject),
      );
    });

  close(): Promise<void> {
    return this.#pool.close();
  }
}
