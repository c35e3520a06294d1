import { requestContext } from '../../context/request-context.js';
import type { Stage, UpstreamRequest } from '../exchange.js';

/** Told of every exchange when it is over. */
export type Observer = (call: {
  request: UpstreamRequest;
  name: string;
  source: 'cache' | 'upstream';
  outcome: number | 'error';
  durationMs: number;
}) => void;

/** A read is named by its policy, a write by its verb: few names, whatever the ids. */
const nameOf = (request: UpstreamRequest): string =>
  request.method === 'GET' ? request.freshness.name : request.method.toLowerCase();

/** Notes what each call cost, for `Server-Timing`, the request log and `observer`. */
export const observe =
  (observer: Observer): Stage =>
  (next) =>
  (request) => {
    const startedAt = performance.now();
    const name = nameOf(request);
    const note = (source: 'cache' | 'upstream', outcome: number | 'error') => {
      const durationMs = performance.now() - startedAt;
      requestContext()?.upstream.push({ name, source, durationMs });
      observer({ request, name, source, outcome, durationMs });
    };
    return next(request).then(
      (reply) => {
        note(reply.provenance.source, reply.status);
        return reply;
      },
      (error: unknown) => {
        note('upstream', 'error');
        throw error;
      },
    );
  };
