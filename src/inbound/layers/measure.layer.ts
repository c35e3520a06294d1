import type { Metrics } from '../../observability/metrics.js';
import type { Layer } from './layer.js';
import type { Visit } from '../visit/visit.js';

/** Routes that only the framework knows, such as /docs, are in Express' request. */
const routeOf = ({ route, request }: Visit): string =>
  route ?? (request as { readonly route?: { readonly path?: string } }).route?.path ?? 'none';

/** Measures the duration of every answered request. */
export const measure = (metrics: Pick<Metrics, 'countRequest'>): Layer => {
  const count = (visit: Visit): void => {
    const { request, response, answeredBy, durationMs } = visit;
    if (!response.writableFinished) return;
    // The route and not the path, because each id would make another series.
    metrics.countRequest(request.method ?? '', routeOf(visit), response.statusCode, answeredBy, durationMs);
  };
  return (next) => (visit) => {
    visit.onClose(count);
    return next(visit);
  };
};
