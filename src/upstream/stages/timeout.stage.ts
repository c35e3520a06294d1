import type { Stage } from '../exchange.js';
import { UpstreamFault } from '../upstream-fault.js';

/** Ends one attempt that takes longer than `limitMs`. */
export const timeout = (limitMs: number): Stage => {
  if (!(limitMs > 0))
    throw new Error(`timeout stage: limitMs must be a positive number of milliseconds, got ${limitMs}`);

  return (next) => async (request) => {
    const limit = AbortSignal.timeout(limitMs);
    const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
    try {
      return await next({ ...request, signal });
    } catch (error) {
      if (!limit.aborted) throw error;
      const what = `${request.method} ${request.path.split('?')[0]} was not answered within ${limitMs} ms`;
      throw new UpstreamFault('upstream.timeout', what, { wrote: request.method !== 'GET', cause: error });
    }
  };
};
