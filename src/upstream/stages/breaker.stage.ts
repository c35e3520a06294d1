import type { Circuit, Verdict } from '../circuit.js';
import type { Stage } from '../exchange.js';
import { UpstreamFault, type UpstreamFaultCode } from '../upstream-fault.js';

/** What says that Logto is ill. A refusal, a full queue or a spent budget do not. */
const ILL = new Set<UpstreamFaultCode>([
  'upstream.error',
  'upstream.unavailable',
  'upstream.timeout',
  'upstream.invalid_response',
]);

const verdictOn = (error: unknown): Verdict =>
  error instanceof UpstreamFault && ILL.has(error.code) && !error.options.atTokenEndpoint ? 'ill' : 'unknown';

/** Asks nothing of a far end that is ill: callers are told at once, and it is left alone to recover. */
export const breaker =
  (circuit: Circuit): Stage =>
  (next) =>
  (request) => {
    const tell = circuit.enter();
    if (!tell) {
      const what = `${request.path.split('?')[0]} was not asked: the circuit is open`;
      const retryAfterS = Math.max(1, Math.ceil(circuit.opensInMs / 1000));
      return Promise.reject(new UpstreamFault('upstream.unavailable', what, { retryAfterS }));
    }
    return next(request).then(
      (reply) => {
        tell(reply.status >= 500 ? 'ill' : 'well');
        return reply;
      },
      (error: unknown) => {
        tell(verdictOn(error));
        throw error;
      },
    );
  };
