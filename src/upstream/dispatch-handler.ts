import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { FROM_UPSTREAM, type UpstreamReply, type UpstreamRequest } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import { UpstreamFault } from '../core/faults.js';

const firstOf = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
const wholeNumber = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;

const replyOf = (status: number, headers: IncomingHttpHeaders, body: Buffer): UpstreamReply => ({
  status,
  contentType: firstOf(headers['content-type']) ?? '',
  total: wholeNumber(firstOf(headers['total-number'])),
  retryAfterS: wholeNumber(firstOf(headers['retry-after'])),
  etag: firstOf(headers['etag']),
  encoding: firstOf(headers['content-encoding']),
  payload: new Payload(body),
  provenance: FROM_UPSTREAM,
});

/** Collects the reply to one request as undici reads it. For bodies this small, a stream would cost more than reading them. */
export class DispatchHandler implements Dispatcher.DispatchHandler {
  /** Logto may have received some of the request. */
  #sent = false;
  #controller: Dispatcher.DispatchController | undefined;
  #abortReason: unknown;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    private readonly request: UpstreamRequest,
    /** The size of the largest body that is read to its end. */
    private readonly maxBytes: number,
    private readonly resolve: (reply: UpstreamReply) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    request.signal?.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // undici cannot abort a queued request before it has a connection.
    if (this.#abortReason === undefined) this.#sent = true;
    else controller.abort(this.#abortReason as Error);
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
    const message = `${path.split('?')[0]} was answered with more than ${this.maxBytes} bytes`;
    this.#abort(new UpstreamFault('upstream.invalid_response', message, { wrote: method !== 'GET' }));
  }

  onResponseEnd(): void {
    this.request.signal?.removeEventListener('abort', this.#onAbort);
    const [first, ...more] = this.#chunks;
    const body = first && more.length === 0 ? first : Buffer.concat(this.#chunks, this.#size);
    this.resolve(replyOf(this.#status, this.#headers, body));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.request.signal?.removeEventListener('abort', this.#onAbort);
    this.reject(this.#faultOf(error));
  }

  readonly #onAbort = (): void => this.#abort(this.request.signal?.reason);

  /** Rejects at once, even when undici aborts later. */
  #abort(reason: unknown): void {
    this.#abortReason = reason;
    this.reject(this.#faultOf(reason));
    this.#controller?.abort(reason as Error);
  }

  /** A write that was on a connection may have taken effect; one that never was has not. */
  #faultOf(error: unknown): unknown {
    const { method, path, signal } = this.request;
    const wrote = this.#sent && method !== 'GET';
    if (signal?.aborted) return abortFault(signal.reason, wrote);
    if (error instanceof UpstreamFault) return error;
    const message = `${method} ${path.split('?')[0]} failed: ${(error as Error).message}`;
    if (!this.#sent) return new UpstreamFault('upstream.unavailable', message, { lost: 'before', cause: error });
    return new UpstreamFault(wrote ? 'upstream.timeout' : 'upstream.error', message, {
      wrote,
      lost: 'after',
      cause: error,
    });
  }
}

/** The reason for an abort, which also says whether the write may have taken effect all the same. */
export const abortFault = (reason: unknown, wrote: boolean): unknown =>
  reason instanceof UpstreamFault && reason.options.wrote !== wrote
    ? new UpstreamFault(reason.code, reason.message, { ...reason.options, wrote, cause: reason })
    : reason;
