import type { RequestContext } from '../../src/core/request-context.js';

/** A request context, for code that is called without HTTP. */
export const contextOf = (more: Partial<RequestContext> = {}): RequestContext => ({
  id: 'request-1',
  traceparent: undefined,
  startedAt: 0,
  bypassCache: false,
  onlyIfCached: false,
  upstream: [],
  reads: [],
  faults: [],
  ...more,
});
