import type { Authorizer } from '../../access/authorizer.js';
import type { OperationSpec } from '../../http/operation/operation.js';
import { isWrite } from './is-write.js';
import type { Step } from './step.js';

/** Refuses callers that the access rule of the operation does not permit. */
export const permit = (operation: OperationSpec, authorizer: Pick<Authorizer, 'require'>): Step | undefined => {
  const { access } = operation;
  if (access.who === 'anyone') return undefined;
  return (next) => async (visit) => {
    const { caller, params } = visit;
    if (!caller) throw new Error(`${operation.id} is guarded, and its path is not: see authenticate.layer.ts`);
    await authorizer.require(caller, access, params['id'], isWrite(operation, visit));
    return next(visit);
  };
};
