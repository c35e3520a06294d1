import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/config.js';
import { type LogDestination, standardOutput } from './log-destination.js';
import { scrub } from './scrub.js';

const destinations = new WeakMap<Logger, DestinationStream & Partial<LogDestination>>();

/**
 * The one logger. Whole lines are scrubbed when they are written, because redacting a list of fields misses messages that
 * quote such a field.
 * @param destination standard output by default
 */
export function createLogger(level: LogLevel, destination: DestinationStream = standardOutput()): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
  destinations.set(logger, destination);
  return logger;
}

/** The destination of a logger made here, for lines that are written without it. */
export function destinationOf(logger: Logger): DestinationStream & Partial<LogDestination> {
  const destination = destinations.get(logger);
  if (!destination) throw new Error('the request log needs a logger made by createLogger');
  return destination;
}
