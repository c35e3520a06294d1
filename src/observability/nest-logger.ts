import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { requestContext } from '../context/request-context.js';

/** Messages of Nest and of our classes through the one logger, with the id of the request they belong to. Nest hands over the message and, last, who says it. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  readonly fatal = (message: unknown, ...rest: unknown[]): void => this.#write('fatal', message, rest);
  readonly error = (message: unknown, ...rest: unknown[]): void => this.#write('error', message, rest);
  readonly warn = (message: unknown, ...rest: unknown[]): void => this.#write('warn', message, rest);
  // What Nest calls a log is one line per route and module at start-up: of interest to who works on it.
  readonly log = (message: unknown, ...rest: unknown[]): void => this.#write('debug', message, rest);
  readonly debug = (message: unknown, ...rest: unknown[]): void => this.#write('debug', message, rest);
  readonly verbose = (message: unknown, ...rest: unknown[]): void => this.#write('trace', message, rest);

  #write(level: 'fatal' | 'error' | 'warn' | 'debug' | 'trace', message: unknown, rest: readonly unknown[]): void {
    const details = rest.slice(0, -1);
    const context = rest.at(-1);
    const requestId = requestContext()?.id;
    this.logger[level](
      {
        ...(requestId && { requestId }),
        ...(typeof context === 'string' && { context }),
        ...(details.length > 0 && { details }),
      },
      String(message),
    );
  }
}
