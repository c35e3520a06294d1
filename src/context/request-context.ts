import { AsyncLocalStorage } from 'node:async_hooks';
import type { Entry } from '../cache/entry.js';
import type { Lifetime } from '../upstream/exchange.js';
import type { Signal } from './signal.js';

/** What one upstream exchange cost this request; read by `Server-Timing` and the request log. */
export interface UpstreamNote {
  /** The policy's name: 'organization', 'members', … */
  readonly name: string;
  readonly source: 'cache' | 'upstream';
  readonly durationMs: number;
}

/** A read this request's answer hangs on. */
export interface ReadNote {
  /** Under which it is remembered. */
  readonly key: string;
  /** The policy's name. */
  readonly name: string;
  /** What was remembered of it; undefined where nothing is. */
  readonly entry: Entry | undefined;
  /** How far it may be used. */
  readonly lifetime: Lifetime;
}

/** Everything about the request being served that code far from the controller may need. */
export interface RequestContext {
  /** `X-Request-Id`: taken over or made. */
  readonly id: string;
  /** W3C trace context as received; passed on to Logto. */
  readonly traceparent: string | undefined;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** The caller said `Cache-Control: no-cache`: skip the cache this once. */
  readonly bypassCache: boolean;
  /** The caller said `Cache-Control: only-if-cached`: Logto is not to be asked. */
  readonly onlyIfCached: boolean;
  /** Fires when the client goes away before it has its answer. Made when it is first asked for. */
  readonly leaving?: () => Signal;
  /** Fires when all it asks of Logto has taken too long, or its client leaves. Made with the first question. */
  patience?: Signal;
  readonly upstream: UpstreamNote[];
  readonly reads: ReadNote[];
  /** Something was sent to Logto that may have changed something. */
  wrote?: boolean;
  /** When all replicas see what was written, on the clock of the stages. */
  visibleAt?: number;
  /** What the body is validated as, once its media type is known. */
  bodyClass?: new () => object;
  /** What is wrong with the request, gathered while its arguments are validated. */
  readonly faults: {
    readonly in: 'body' | 'query' | 'path' | 'header';
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }[];
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` as part of the given request, across everything it awaits. */
export const withRequestContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** Runs `work` as part of no request: nobody waits for it. */
export const withoutRequestContext = <T>(work: () => T): T => storage.exit(work);

/** The request being served; undefined in background work. */
export const requestContext = (): RequestContext | undefined => storage.getStore();
