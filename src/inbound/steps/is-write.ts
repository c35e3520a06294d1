import type { OperationSpec } from '../../http/operation/operation.js';
import type { Visit } from '../visit/visit.js';

const READS = new Set(['GET', 'HEAD']);

/** Whether a request may change something at Logto. */
export const isWrite = ({ safe }: OperationSpec, { request }: Visit): boolean =>
  !safe && !READS.has(request.method ?? '');
