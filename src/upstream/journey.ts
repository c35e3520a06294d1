import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { FROM_UPSTREAM, type UpstreamReply, type UpstreamRequest } from './exchange.js';
import { Payload } from './payload.js';
import { UpstreamFault } from './upstream-fault.js';

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
const wholeNumber = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;

const replyOf = (status: number, headers: IncomingHttpHeaders, body: Buffer): UpstreamReply => ({
  status,
  contentType: one(headers['content-type']) ?? '',
  total: wholeNumber(one(headers['total-number'])),
  retryAfterS: wholeNumber(one(headers['retry-after'])),
  etag: one(headers['etag']),
  encoding: one(headers['content-encoding']),
  payload: new Payload(body),
  provenance: FROM_UPSTREAM,
});

/**
 * One request on its way, and its answer gathered as undici reads it: a stream made of so few bytes costs more than getting
 * them.
 */
export class Journey implements Dispatcher.DispatchHandler {
  /** Something of it may have been seen by somebody. */
  #departed = false;
  #controller: Dispatcher.DispatchController | undefined;
  #givenUp: unknown;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    private readonly request: UpstreamRequest,
    /** Largest answer that is read to its end. */
    private readonly maxBytes: number,
    private readonly arrive: (reply: UpstreamReply) => void,
    private readonly fail: (error: unknown) => void,
  ) {
    request.signal?.addEventListener('abort', this.#leave);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // undici gives up a request that has no connection yet only once it has one.
    if (this.#givenUp === undefined) this.#departed = true;
    else controller.abort(this.#givenUp as Error);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#size <= this.maxBytes) return;
    const { method, path } = this.request;
    const what = `${path.split('?')[0]} was answered with more than ${this.maxBytes} bytes`;
    this.#giveUp(new UpstreamFault('upstream.invalid_response', what, { wrote: method !== 'GET' }));
  }

  onResponseEnd(): void {
    this.request.signal?.removeEventListener('abort', this.#leave);
    const [first, ...more] = this.#chunks;
    const body = first && more.length === 0 ? first : Buffer.concat(this.#chunks, this.#size);
    this.arrive(replyOf(this.#status, this.#headers, body));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.request.signal?.removeEventListener('abort', this.#leave);
    this.fail(this.#fault(error));
  }

  readonly #leave = (): void => this.#giveUp(this.request.signal?.reason);

  /** Whoever waits is told at once. */
  #giveUp(reason: unknown): void {
    this.#givenUp = reason;
    this.fail(this.#fault(reason));
    this.#controller?.abort(reason as Error);
  }

  /** Nobody knows what became of a write that was on a connection; one that never was has not happened. */
  #fault(error: unknown): unknown {
    const { method, path, signal } = this.request;
    const wrote = this.#departed && method !== 'GET';
    if (signal?.aborted) return cutShort(signal.reason, wrote);
    if (error instanceof UpstreamFault) return error;
    const what = `${method} ${path.split('?')[0]} failed: ${(error as Error).message}`;
    if (!this.#departed) return new UpstreamFault('upstream.unavailable', what, { lost: 'before', cause: error });
    return new UpstreamFault(wrote ? 'upstream.timeout' : 'upstream.error', what, {
      wrote,
      lost: 'after',
      cause: error,
    });
  }
}

/** Why it was cut short, and whether it may have happened all the same. */
export const cutShort = (reason: unknown, wrote: boolean): unknown =>
  reason instanceof UpstreamFault && reason.options.wrote !== wrote
    ? new UpstreamFault(reason.code, reason.message, { ...reason.options, wrote, cause: reason })
    : reason;
