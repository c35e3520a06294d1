import type { CallOutcome, Circuit } from './circuit.js';
import type { Stage } from '../../core/exchange.js';
import { UpstreamFault, type UpstreamFaultCode } from '../../core/faults.js';

/** The faults that tell that Logto is unhealthy. A rejected call, a full queue and a spent budget do not. */
const FAILURES = new Set<UpstreamFaultCode>([
  'upstream.error',
  'upstream.unavailable',
  'upstream.timeout',
  'upstream.invalid_response',
]);

const outcomeOf = (error: unknown): CallOutcome =>
  error instanceof UpstreamFault && FAILURES.has(error.code) && !error.options.atTokenEndpoint ? 'failure' : 'unknown';

/** Fails calls at once while the circuit is open, so that callers need not wait and Logto can recover. */
export const breaker =
  (circuit: Circuit): Stage =>
  (next) =>
  (request) => {
    const report = circuit.enter();
    if (!report) {
      const message = `${request.path.split('?')[0]} was not called: the circuit is open`;
      const retryAfterS = Math.max(1, Math.ceil(circuit.probeInMs / 1000));
      return Promise.reject(new UpstreamFault('upstream.unavailable', message, { retryAfterS }));
    }
    return next(request).then(
      (reply) => {
        report(reply.status >= 500 ? 'failure' : 'success');
        return reply;
      },
      (error: unknown) => {
        report(outcomeOf(error));
        throw error;
      },
    );
  };
