import type { RequestHandler } from 'express';
import { Problem } from '../http/problem.js';
import type { Overload } from './overload.js';

/** Those who look after the process are answered always: it is then that they need to know. */
const SPARED = /^\/(health\/|metrics$)/;

/** Refuses requests before anything is done for them while the process is behind with its work. */
export const refuseOverload =
  (overload: Overload): RequestHandler =>
  (request, _response, next) => {
    if (overload.refuses() && !SPARED.test(request.path)) {
      throw new Problem('overloaded', 'The gateway is behind with its work.', { headers: { 'Retry-After': '1' } });
    }
    next();
  };
