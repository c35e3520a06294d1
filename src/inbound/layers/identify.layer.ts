import type { Layer } from './layer.js';

/** Adds the id of the request to its answer. */
export const identify: Layer = (next) => (visit) => {
  visit.addHeader('X-Request-Id', visit.id);
  return next(visit);
};
