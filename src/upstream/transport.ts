import { type Dispatcher, Pool } from 'undici';
import { requestContext } from '../context/request-context.js';
import { FROM_UPSTREAM, type Exchange, type UpstreamRequest } from './exchange.js';
import { Payload } from './payload.js';
import { unless } from './signals.js';
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

/** What is known of a request on its way: whether anything of it may have been seen by anybody. */
interface Journey {
  departed: boolean;
}

/** Notes the moment a request is put on a connection. */
const noteDeparture: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      // One that was given up while it waited for a connection ends here.
      const { opaque } = options as { opaque?: Journey };
      if (opaque && !controller.aborted) opaque.departed = true;
    },
    onResponseStart: (...start) => handler.onResponseStart?.(...start),
    onResponseData: (...data) => handler.onResponseData?.(...data),
    onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
    onResponseError: (...error) => handler.onResponseError?.(...error),
  });

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
  readonly #dispatcher: Dispatcher;
  readonly #prefix: string;

  constructor(private readonly options: TransportOptions) {
    const { origin, pathname } = new URL(options.endpoint);
    this.#prefix = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      connections: options.connections,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
    });
    this.#dispatcher = this.#pool.compose(noteDeparture);
  }

  readonly exchange: Exchange = async (request) => {
    const { bytes, contentType } = encodeBody('body' in request ? request.body : undefined);
    const journey: Journey = { departed: false };
    try {
      const answering = this.#dispatcher.request({
        method: request.method,
        path: this.#prefix + request.path,
        headers: headersOf(request, contentType),
        body: bytes ?? null,
        signal: request.signal ?? null,
        opaque: journey,
      });
      // undici gives up a request that has no connection yet only once it has one.
      const answer = await unless(request.signal, answering);
      const { headers } = answer;
      return {
        status: answer.statusCode,
        contentType: one(headers['content-type']) ?? '',
        total: wholeNumber(one(headers['total-number'])),
        retryAfterS: wholeNumber(one(headers['retry-after'])),
        etag: one(headers['etag']),
        encoding: one(headers['content-encoding']),
        payload: new Payload(await this.#read(answer.body, request)),
        provenance: FROM_UPSTREAM,
      };
    } catch (error) {
      throw this.#fault(error, request, journey);
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
          { wrote: request.method !== 'GET' },
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }

  /** Nobody knows what became of a write that was on a connection; one that never was has not happened. */
  #fault(error: unknown, request: UpstreamRequest, { departed }: Journey): unknown {
    const wrote = departed && request.method !== 'GET';
    if (request.signal?.aborted) return cutShort(request.signal.reason, wrote);
    if (error instanceof UpstreamFault) return error;
    const what = `${request.method} ${request.path.split('?')[0]} failed: ${(error as Error).message}`;
    if (!departed) return new UpstreamFault('upstream.unavailable', what, { lost: 'before', cause: error });
    return new UpstreamFault(wrote ? 'upstream.timeout' : 'upstream.error', what, {
      wrote,
      lost: 'after',
      cause: error,
    });
  }
}

/** Why it was cut short, and whether it may have happened all the same. */
const cutShort = (reason: unknown, wrote: boolean): unknown =>
  reason instanceof UpstreamFault && reason.options.wrote !== wrote
    ? new UpstreamFault(reason.code, reason.message, { ...reason.options, wrote, cause: reason })
    : reason;
