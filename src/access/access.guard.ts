import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { operationOf } from '../http/operation.js';
import type { AuthenticatedRequest } from './authenticate.middleware.js';
import { forbidden } from './challenge.js';
import { LiveCheck } from './live-check.js';
import { denialOf } from './may.js';

const READS = new Set(['GET', 'HEAD']);

/** Lets a request through to the route it asks for, or says why not. What no rule permits is denied. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly liveCheck: LiveCheck) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { access } = operationOf(context.getHandler());
    if (access.who === 'anyone') return true;
    const { caller, params, method } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const denial = denialOf(caller, access, params['id'] as string | undefined);
    if (denial) throw forbidden(denial);
    if (caller.kind === 'organization' && access.who === 'permitted' && !READS.has(method)) {
      const lapsed = await this.liveCheck.denialOf(caller, access.permissions);
      if (lapsed) throw forbidden(lapsed);
    }
    return true;
  }
}
