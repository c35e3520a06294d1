import { writeSync } from 'node:fs';
import type { Logger } from 'pino';

/** The last word, for a log that cannot be written. */
const cry = (error: unknown): void => {
  try {
    writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  } catch {
    // Nobody is left to tell.
  }
};

/**
 * An exception or a rejected promise that nobody caught leaves the process in a state nobody knows: it is logged once, and
 * the process ends with 1, so that whoever watches over it starts another.
 */
export function endOnUncaught(logger: Logger): void {
  let ending = false;
  // Node turns unhandled rejections into this event, too.
  process.on('uncaughtException', (error, origin) => {
    // The log itself may be what fails, here again.
    if (ending) {
      cry(error);
      process.exit(1);
    }
    ending = true;
    // pino says nothing any more once nobody reads what it writes.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') cry(error);
    try {
      logger.fatal({ err: error, origin }, 'nobody caught this; the process ends');
    } catch {
      cry(error);
    }
    process.exit(1);
  });
}
