import { type DestinationStream, type Logger, pino } from 'pino';
import { requestContext } from '../context/request-context.js';
import type { LogLevel } from '../config/config.js';
import { scrub } from './scrub.js';

/**
 * The one logger. Lines carry the id of the request they belong to; whole lines are scrubbed on their way out, because a
 * list of fields to hide forgets the message that quotes one.
 * @param destination where lines go; standard output unless said otherwise
 */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const context = requestContext();
        return context ? { requestId: context.id } : {};
      },
      hooks: { streamWrite: scrub },
    },
    destination ?? pino.destination(1),
  );
