import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { UpstreamFault } from '../upstream/upstream-fault.js';
import { ClientLeft } from './leaving.js';
import { problemOf } from './problem-of.js';
import { type AddressedRequest, sendProblem } from './send.js';
import { unroutable } from './unroutable.js';

/** Writes every error as application/problem+json. What is our fault or Logto's is logged with its reason. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    // Only Nest's router throws this one; features throw problems of their own.
    this.answer(
      error instanceof NotFoundException ? unroutable(request) : error,
      request,
      http.getResponse<Response>(),
    );
  }

  /** Writes what went wrong with a request whose route is known. */
  answer(error: unknown, request: AddressedRequest, response: ServerResponse): void {
    if (error instanceof ClientLeft) return;
    const problem = problemOf(error);
    if (problem.kind === 'internal') this.#log.error(error instanceof Error ? error.stack : String(error));
    else if (error instanceof UpstreamFault) this.#log.warn(`${error.code}: ${error.message}`);
    sendProblem(request, response, problem);
  }
}
