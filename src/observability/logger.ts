import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/config.js';
import { scrub } from './scrub.js';

/**
 * The one logger. Whole lines are scrubbed on their way out, because a list of fields to hide forgets the message that
 * quotes one.
 * @param destination where lines go; standard output unless said otherwise
 */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    // A line is written when it is logged: none is lost with the process, and none left to be written when it exits, where
    // pino would try for ever once the disk is full. It costs 2 µs a line.
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
