import type { RequestListener } from 'node:http';
import { attach } from '../visit/visited-request.js';
import type { Layer } from './layer.js';

/** Lets Express and Nest answer everything that no other layer has answered. It is the last layer. */
export const framework =
  (express: RequestListener): Layer =>
  () =>
  (visit) => {
    visit.answeredBy = 'framework';
    visit.handOver();
    attach(visit);
    express(visit.request, visit.response);
  };
