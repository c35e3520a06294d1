import type { RequestContext } from '../../src/context/request-context.js';

/** What is known of a request, for code that is not reached through HTTP. */
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
