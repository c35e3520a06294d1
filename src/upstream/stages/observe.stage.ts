import { requestContext } from '../../core/request-context.js';
import type { Stage, UpstreamRequest } from '../../core/exchange.js';
import type { Observer } from '../../observability/observer.js';

/** Names a read after its policy and a write after its method, to keep the number of label values low. */
const nameOf = (request: UpstreamRequest): string =>
  request.method === 'GET' ? request.freshness.name : request.method.toLowerCase();

/** Records source, outcome and duration of each call for `Server-Timing`, the request log and `observer`. */
export const observe =
  (observer: Observer): Stage =>
  (next) =>
  (request) => {
    const startedAt = performance.now();
    const name = nameOf(request);
    const record = (source: 'cache' | 'upstream', outcome: number | 'error') => {
      const durationMs = performance.now() - startedAt;
      requestContext()?.upstream.push({ name, source, durationMs });
      observer({ request, name, source, outcome, durationMs });
    };
    return next(request).then(
      (reply) => {
        record(reply.provenance.source, reply.status);
        return reply;
      },
      (error: unknown) => {
        record('upstream', 'error');
        throw error;
      },
    );
  };
