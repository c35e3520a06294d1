import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { requestContext } from '../context/request-context.js';
import { bodiesOf, operationOf } from './operation.js';
import { Problem } from './problem.js';
import { readJson } from './read-body.js';

const mediaTypeOf = (header: string | undefined): string => (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/**
 * Reads the request body of the routes that declare one. It runs behind the guard, so nobody without permission makes the
 * gateway read a megabyte, and it knows which media types the very route takes.
 */
@Injectable()
export class BodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const bodies = bodiesOf(operationOf(context.getHandler()));
    if (!bodies) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const mediaType = mediaTypeOf(request.headers['content-type']);
    const bodyClass = Object.hasOwn(bodies, mediaType) ? bodies[mediaType] : undefined;
    if (!bodyClass) {
      const consumes = Object.keys(bodies);
      throw new Problem('unsupported-media-type', `Send the body as ${consumes.join(' or ')}.`, {
        headers: { Accept: consumes.join(', ') },
      });
    }
    const current = requestContext();
    if (current) current.bodyClass = bodyClass;
    await readJson(request, http.getResponse<Response>());
    return next.handle();
  }
}
