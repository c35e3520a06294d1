import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/config.js';
import { type LogDestination, standardOutput } from './log-destination.js';
import { scrub } from './scrub.js';

/**
 * The one logger. Whole lines are scrubbed on their way out, because a list of fields to hide forgets the message that
 * quotes one.
 * @param destination where lines go; standard output unless said otherwise
 */
export const createLogger = (level: LogLevel, destination: DestinationStream = standardOutput()): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    destination,
  );

/** The destination a logger was made with, for lines that are made without it. */
export const destinationOf = (logger: Logger): DestinationStream & Partial<LogDestination> =>
  (logger as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym] as DestinationStream;
