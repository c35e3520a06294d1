import type { Request } from 'express';
import type { AuthenticatedRequest } from '../../access/current-caller.decorator.js';
import type { Visit } from './visit.js';

/** Express' request, with the visit that it belongs to. */
export interface VisitedRequest extends Request, AuthenticatedRequest {
  visit: Visit;
}

/** Adds to a request what code for the framework reads from it. */
export function attach(visit: Visit): VisitedRequest {
  return Object.assign(visit.request, { visit, caller: visit.caller }) as unknown as VisitedRequest;
}
