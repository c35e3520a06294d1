import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../access/caller.js';
import type { ReadNote, RequestContext, UpstreamNote } from '../../core/request-context.js';
import type { Signal } from '../../core/signal.js';
import type { Answer } from '../../http/answers/answer.js';
import { type HeaderBlock, headersOf, lineOf } from '../../http/answers/headers.js';
import { type CacheDirectives, cacheDirectivesOf } from '../../http/input/cache-directives.js';
import type { AnswerWriter } from './answer-writer.js';
import { disconnectSignalOf } from './disconnect-signal.js';

/** The id of a request is written to logs and headers, so an id with other characters is replaced. */
const REQUEST_ID = /^[\w.:-]{8,128}$/;
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

const matching = (value: string | string[] | undefined, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;

/** One request on its way through the gateway: Node's own request and response, and what the layers found out. */
export class Visit implements RequestContext {
  readonly startedAt = performance.now();
  /** Time from arrival until the request was answered or its connection lost; set before `onClose` listeners run. */
  durationMs = 0;
  readonly id: string;
  /** The path as it was sent, neither decoded nor normalized. */
  readonly path: string;
  /** The text after the '?'; empty without one. */
  readonly query: string;
  /** Set by `authenticate` for guarded paths. */
  caller: Caller | undefined = undefined;
  /** The route's pattern, once it is known: '/api/organizations/:id'. */
  route: string | undefined = undefined;
  /** The part of the gateway that gives the answer. */
  answeredBy: 'layers' | 'remembered' | 'dispatch' | 'framework' = 'layers';
  /** The parameters of the path, once the route is known. */
  params: Readonly<Record<string, string>> = {};
  /** The parsed body, for operations that read one. */
  body: unknown = undefined;
  bodyClass?: new () => object;
  readonly upstream: UpstreamNote[] = [];
  readonly reads: ReadNote[] = [];
  readonly faults: RequestContext['faults'] = [];
  wrote?: boolean;
  visibleAt?: number;
  deadline?: Signal;
  #disconnectSignal: Signal | undefined;
  #cacheDirectives: CacheDirectives | undefined;
  /** The added headers as lines of a head, because nearly all answers are written as lines. */
  #sharedLines = '';
  #sharedLinesOnNotModified = '';
  #ownLines = '';
  /** The framework answers, so headers are set on its response. */
  #isHandedOver = false;
  readonly #onClose: ((visit: Visit) => void)[] = [];

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    private readonly writer: AnswerWriter,
  ) {
    this.id = matching(request.headers['x-request-id'], REQUEST_ID) ?? randomUUID();
    const { url = '' } = request;
    const end = url.indexOf('?');
    this.path = end < 0 ? url : url.slice(0, end);
    this.query = end < 0 ? '' : url.slice(end + 1);
    // The event is emitted once, so the more expensive `once` is not needed.
    response.on('close', () => {
      this.durationMs = performance.now() - this.startedAt;
      for (const listener of this.#onClose) listener(this);
    });
  }

  get traceparent(): string | undefined {
    return matching(this.request.headers['traceparent'], TRACEPARENT);
  }

  get bypassCache(): boolean {
    return this.#directives.bypassCache;
  }

  get onlyIfCached(): boolean {
    return this.#directives.onlyIfCached;
  }

  get #directives(): CacheDirectives {
    return (this.#cacheDirectives ??= cacheDirectivesOf(this.request.headers));
  }

  /** The number of calls to Logto. */
  get upstreamCalls(): number {
    return this.upstream.reduce((calls, { source }) => (source === 'upstream' ? calls + 1 : calls), 0);
  }

  /** Fires when the client disconnects before it has its answer. Created on the first call. */
  disconnectSignal(): Signal {
    return (this.#disconnectSignal ??= disconnectSignalOf(this.response));
  }

  /** Calls `listener` when the request is answered or its connection is lost. */
  onClose(listener: (visit: Visit) => void): void {
    this.#onClose.push(listener);
  }

  /** Adds headers to the answer, whichever part of the gateway gives it. */
  addHeaders({ lines, onNotModified }: HeaderBlock): void {
    this.#sharedLines += lines;
    if (onNotModified) this.#sharedLinesOnNotModified += lines;
  }

  addHeader(name: string, value: string): void {
    this.addLines(lineOf(name, value));
  }

  /** Adds headers that are lines of a head already, and hold nothing that a caller or Logto has sent. */
  addLines(lines: string): void {
    this.#ownLines += lines;
    if (!this.#isHandedOver) return;
    for (const [name, value] of headersOf(lines)) this.response.setHeader(name, value);
  }

  /** All added headers for an answer with this status, as lines of a head. */
  linesFor(status: number): string {
    return (status === 304 ? this.#sharedLinesOnNotModified : this.#sharedLines) + this.#ownLines;
  }

  /** Lets the framework answer: sets the added headers on its response. */
  handOver(): void {
    this.#isHandedOver = true;
    for (const [name, value] of headersOf(this.linesFor(200))) this.response.appendHeader(name, value);
  }

  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  send(answer: Answer): void {
    this.writer.write(this, answer);
  }
}
