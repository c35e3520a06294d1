import { Injectable } from '@nestjs/common';
import type { Caller } from './caller.js';
import { forbidden } from './challenge.js';
import { LiveCheck } from './live-check.js';
import { denialOf } from './denial.js';
import type { AccessRule } from './permissions.js';

/** The one place that denies access. */
@Injectable()
export class Authorizer {
  constructor(private readonly liveCheck: LiveCheck) {}

  /**
   * Throws a 403 Problem unless the rule permits the caller.
   * @param organizationId the organization concerned, if any
   * @param isWrite writes with an organization token are also checked against the member's current roles
   */
  async require(caller: Caller, rule: AccessRule, organizationId: string | undefined, isWrite: boolean): Promise<void> {
    const denial = denialOf(caller, rule, organizationId);
    if (denial) throw forbidden(denial);
    if (!isWrite || caller.kind !== 'organization' || rule.who !== 'permitted') return;
    const liveDenial = await this.liveCheck.denialOf(caller, rule.permissions);
    if (liveDenial) throw forbidden(liveDenial);
  }
}
