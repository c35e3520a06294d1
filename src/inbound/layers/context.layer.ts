import { withRequestContext } from '../../core/request-context.js';
import type { Layer } from './layer.js';

/** Makes the visit the request context, which code without access to it uses, such as the upstream stages. */
export const context: Layer = (next) => (visit) => withRequestContext(visit, () => next(visit));
