import type { IncomingMessage, ServerResponse } from 'node:http';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { ExceptionFilter } from '@nestjs/common';
import type { RequestHandler, Response } from 'express';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import type { Allowance } from '../limits/rate-limiter.js';
import { limitHeaders } from '../limits/too-many.js';
import type { FoundRoute } from './direct-routes.js';

export interface DirectOptions {
  /** What every request goes through before it is known what it is for, in this order. */
  readonly entrance: readonly RequestHandler[];
  /** Writes what a route answers. */
  readonly reply: (response: Response, body: unknown, status: number) => unknown;
  /** Writes what went wrong. */
  readonly filter: ExceptionFilter;
}

export type AnswerDirectly = (
  found: FoundRoute,
  caller: Caller,
  allowance: Allowance | undefined,
  request: IncomingMessage,
  response: ServerResponse,
) => void;

/**
 * Answers a read by its controller's method: what a framework finds out anew for each request, guards, interceptors and pipes,
 * is known of these beforehand. The request gets of Express what is read of it, and no more.
 */
export const answerDirectly =
  ({ entrance, reply, filter }: DirectOptions): AnswerDirectly =>
  ({ route, params }, caller, allowance, plainRequest, plainResponse) => {
    const request = plainRequest as AuthenticatedRequest;
    const response = plainResponse as Response;
    const { url = '' } = plainRequest;
    const { path, rule } = route;
    const known: Partial<AuthenticatedRequest> = { originalUrl: url, caller, rule, params, route: { path } };
    Object.assign(request, known);

    const answer = async (): Promise<void> => {
      if (allowance)
        for (const [name, value] of Object.entries(limitHeaders(allowance))) response.setHeader(name, value);
      const asked = { params, queryText: queryOf(url), request, response };
      try {
        await reply(response, await route.answer(asked), route.status);
      } catch (error) {
        await filter.catch(error, new ExecutionContextHost([request, response]));
      }
    };
    const enter = (step: number): void => {
      const handler = entrance[step];
      if (handler) void handler(request, response, () => enter(step + 1));
      else void answer();
    };
    enter(0);
  };

const queryOf = (url: string): string => {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
};
