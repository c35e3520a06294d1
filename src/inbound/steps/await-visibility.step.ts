import type { WriteLog } from '../../cache/write-log.js';
import type { Step } from './step.js';

/** Delays the answer to a write until reads on all replicas see the write. */
export const awaitVisibility =
  (writeLog: Pick<WriteLog, 'untilVisible'>): Step =>
  (next) =>
  async (visit) => {
    try {
      return await next(visit);
    } finally {
      if (visit.visibleAt !== undefined) await writeLog.untilVisible();
    }
  };
