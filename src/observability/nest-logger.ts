import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { requestContext } from '../core/request-context.js';

/** Writes log messages of Nest's `Logger` with the one logger, with the id of the current request. Nest's last argument is the context. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  readonly fatal = (message: unknown, ...rest: unknown[]): void => this.#write('fatal', message, rest);
  readonly error = (message: unknown, ...rest: unknown[]): void => this.#write('error', message, rest);
  readonly warn = (message: unknown, ...rest: unknown[]): void => this.#write('warn', message, rest);
  // Nest logs one line per route and module at start-up, which only developers need.
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
