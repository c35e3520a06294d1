import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { operationOf } from '../http/operation.js';
import type { AuthenticatedRequest } from './authenticate.middleware.js';
import { Authorizer } from './authorizer.js';

const READS = new Set(['GET', 'HEAD']);

/** Lets a request through to the route it asks for, or says why not. What no rule permits is denied. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly authorizer: Authorizer) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { access, safe = false } = operationOf(context.getHandler());
    if (access.who === 'anyone') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { caller, params, method } = request;
    request.rule = access;
    await this.authorizer.require(caller, access, params['id'] as string | undefined, !safe && !READS.has(method));
    return true;
  }
}
