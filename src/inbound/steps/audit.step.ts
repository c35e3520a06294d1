import type { Logger } from 'pino';
import { auditRecord } from '../../audit/audit-record.js';
import type { OperationSpec } from '../../http/operation/operation.js';
import { problemOf } from '../../http/problems/problem-of.js';
import type { Visit } from '../visit/visit.js';
import { isWrite } from './is-write.js';
import type { Step } from './step.js';

/** The logger of audit lines. It writes them at every LOG_LEVEL but `silent`. */
export const auditLogger = (logger: Logger): Logger =>
  logger.child({}, logger.level === 'silent' ? {} : { level: 'info' });

/** Writes one line for every permitted write, whatever its outcome. */
export const audit = (operation: OperationSpec, logger: Logger): Step | undefined => {
  if (operation.access.who === 'anyone') return undefined;
  const write = (visit: Visit, end: Parameters<typeof auditRecord>[2]) =>
    logger.info(auditRecord(operation.id, visit, end), 'audit');
  return (next) => async (visit) => {
    if (!isWrite(operation, visit)) return next(visit);
    try {
      const result = await next(visit);
      write(visit, { result });
      return result;
    } catch (error) {
      write(visit, { problem: problemOf(error) });
      throw error;
    }
  };
};
