import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from './authenticate.middleware.js';
import type { Caller } from './caller.js';

/** Who is calling, as the verified token says. */
export const Calling = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Caller =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().caller,
);
