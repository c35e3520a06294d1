import { writeSync } from 'node:fs';
import type { Logger } from 'pino';

/** Reports an error without the logger, which may be what failed. */
const writeToStderr = (error: unknown): void => {
  try {
    writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  } catch {
    // There is no other place to report to.
  }
};

/**
 * After an uncaught exception or an unhandled rejection the state of the process is unknown. The error is logged once, and
 * the process exits with 1, so that its supervisor restarts it.
 */
export function exitOnUncaught(logger: Logger): void {
  let exiting = false;
  // Node turns unhandled rejections into this event, too.
  process.on('uncaughtException', (error, origin) => {
    // Logging the first error may have failed and led here again.
    if (exiting) {
      writeToStderr(error);
      process.exit(1);
    }
    exiting = true;
    // pino writes nothing any more once its reader is gone.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') writeToStderr(error);
    try {
      logger.fatal({ err: error, origin }, 'uncaught exception; the process exits');
    } catch {
      writeToStderr(error);
    }
    process.exit(1);
  });
}
