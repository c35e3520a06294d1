import type { GatewayOptions } from '../../src/gateway.js';
import type { Visit } from '../../src/inbound/visit/visit.js';

/** How a request was answered; see `Visit.answeredBy`. */
export type Way = Visit['answeredBy'];

/** Adds a first layer that records how each request is answered. */
export function recordWays() {
  const visits = new Map<string, Visit>();
  const layers: GatewayOptions['layers'] = (list) => [
    (next) => (visit) => {
      visits.set(visit.id, visit);
      return next(visit);
    },
    ...list,
  ];
  return {
    layers,
    /** @param requestId the `X-Request-Id` of the response; the last one if it was used several times */
    of(requestId: string): Way {
      const visit = visits.get(requestId);
      if (!visit) throw new Error(`there was no request with the id ${requestId}`);
      return visit.answeredBy;
    },
  };
}
