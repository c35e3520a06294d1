import type { Exchange, Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';

/**
 * Callers who ask the same thing at the same time share one flight. `generation` tells flights apart that a write lies
 * between: who asks after a write must not be given what was asked before it.
 */
export const coalesce = (generation: (tags: readonly string[]) => number): Stage => {
  const flights = new Map<string, Promise<UpstreamReply>>();

  return (next: Exchange): Exchange =>
    async (request: UpstreamRequest) => {
      // Whoever demands a fresh answer must not be handed one that was already under way.
      if (request.method !== 'GET' || request.refresh) return next(request);
      const key = `${generation(request.tags)} ${request.path}`;
      const flight = flights.get(key);
      if (flight) {
        const reply = await flight;
        return { ...reply, provenance: { ...reply.provenance, collapsed: true } };
      }
      const own = next(request).finally(() => flights.delete(key));
      flights.set(key, own);
      return own;
    };
};
