import { Injectable } from '@nestjs/common';
import type { Caller } from './caller.js';
import { forbidden } from './challenge.js';
import { LiveCheck } from './live-check.js';
import { denialOf } from './may.js';
import type { AccessRule } from './permissions.js';

/** The one place that says no. */
@Injectable()
export class Authorizer {
  constructor(private readonly liveCheck: LiveCheck) {}

  /**
   * Throws a 403 Problem unless the rule admits the caller.
   * @param organizationId the organization concerned, if it is one
   * @param isWrite writes by an organization's token are checked against the member's present roles besides
   */
  async require(caller: Caller, rule: AccessRule, organizationId: string | undefined, isWrite: boolean): Promise<void> {
    const denial = denialOf(caller, rule, organizationId);
    if (denial) throw forbidden(denial);
    if (!isWrite || caller.kind !== 'organization' || rule.who !== 'permitted') return;
    const lapsed = await this.liveCheck.denialOf(caller, rule.permissions);
    if (lapsed) throw forbidden(lapsed);
  }
}
