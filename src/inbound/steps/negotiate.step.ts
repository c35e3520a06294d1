import { accepts } from '../../http/answers/media-type.js';
import type { OperationSpec } from '../../http/operation/operation.js';
import { Problem } from '../../http/problems/problem.js';
import type { Step } from './step.js';

/** Refuses a request early if the caller does not accept the media type of the answer. */
export const negotiate =
  ({ produces = 'application/json' }: OperationSpec): Step =>
  (next) =>
  (visit) => {
    if (!accepts(visit.request.headers.accept, produces))
      throw new Problem('not-acceptable', `This is answered as ${produces} only.`);
    return next(visit);
  };
