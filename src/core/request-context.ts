import { AsyncLocalStorage } from 'node:async_hooks';
import type { Lifetime } from './exchange.js';
import type { Signal } from './signal.js';

/** The source and duration of one upstream call, for `Server-Timing` and the request log. */
export interface UpstreamNote {
  /** The policy's name: 'organization', 'members', … */
  readonly name: string;
  readonly source: 'cache' | 'upstream';
  readonly durationMs: number;
}

/** A read that the response to this request depends on. */
export interface ReadNote {
  /** The cache key. */
  readonly key: string;
  /** The policy's name. */
  readonly name: string;
  /** The cached entry, compared by identity; undefined when the reply was not stored. */
  readonly entry: object | undefined;
  readonly lifetime: Lifetime;
}

/** What code outside the controller needs to know about the request being served. */
export interface RequestContext {
  /** `X-Request-Id`, received or generated. */
  readonly id: string;
  /** W3C trace context as received, which is passed on to Logto. */
  readonly traceparent: string | undefined;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** The caller sent `Cache-Control: no-cache`. */
  readonly bypassCache: boolean;
  /** The caller sent `Cache-Control: only-if-cached`: Logto must not be asked. */
  readonly onlyIfCached: boolean;
  /** A signal that fires when the client disconnects before it has its response. Created on the first call. */
  readonly disconnectSignal?: () => Signal;
  /** Fires when the upstream calls of this request together take too long, or the client disconnects. Created by the first call. */
  deadline?: Signal;
  readonly upstream: UpstreamNote[];
  readonly reads: ReadNote[];
  /** A write was sent to Logto that may have taken effect. */
  wrote?: boolean;
  /** When the reads of all replicas see what was written, on the clock of the stages. */
  visibleAt?: number;
  /** The class that the body is validated against, once its media type is known. */
  bodyClass?: new () => object;
  /** What is wrong with the request, collected while its arguments are validated. */
  readonly faults: {
    readonly in: 'body' | 'query' | 'path' | 'header';
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }[];
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` in the context of the given request, including everything it awaits. */
export const withRequestContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** Runs `work` outside any request context. */
export const withoutRequestContext = <T>(work: () => T): T => storage.exit(work);

/** The request being served; undefined in background work. */
export const requestContext = (): RequestContext | undefined => storage.getStore();
