import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from './caller.js';

/** A request with a verified token. */
export interface AuthenticatedRequest {
  readonly caller: Caller;
}

/** Injects the caller that the verified token identifies. */
export const CurrentCaller = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Caller =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().caller,
);
