import { readJson } from '../../http/input/read-body.js';
import { bodiesOf, type OperationSpec } from '../../http/operation/operation.js';
import { Problem } from '../../http/problems/problem.js';
import type { Step } from './step.js';

const mediaTypeOf = (header: string | undefined): string => (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Reads the request body of operations that declare one. It runs after `permit`, so that no other caller can make us read a megabyte. */
export const readBody = (operation: OperationSpec): Step | undefined => {
  const bodies = bodiesOf(operation);
  if (!bodies) return undefined;
  const consumes = Object.keys(bodies);
  return (next) => async (visit) => {
    const mediaType = mediaTypeOf(visit.request.headers['content-type']);
    const bodyClass = Object.hasOwn(bodies, mediaType) ? bodies[mediaType] : undefined;
    if (!bodyClass)
      throw new Problem('unsupported-media-type', `Send the body as ${consumes.join(' or ')}.`, {
        headers: { Accept: consumes.join(', ') },
      });
    visit.bodyClass = bodyClass;
    visit.body = await readJson(visit.request, visit.response);
    return next(visit);
  };
};
