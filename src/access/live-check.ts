import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { LogtoRefusal } from '../core/faults.js';
import { AccessUpstream } from './access.upstream.js';
import type { OrganizationCaller } from './caller.js';
import type { Denial } from './denial.js';
import type { Permission } from './permissions.js';

/**
 * Tokens outlive roles. Before a write, the member's current roles must still grant the token's permissions, so that a
 * revoked role stops working before the token expires.
 */
@Injectable()
export class LiveCheck {
  readonly #enabled: boolean;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly logto: AccessUpstream,
  ) {
    this.#enabled = config.auth.liveCheck;
  }

  async denialOf(caller: OrganizationCaller, permissions: readonly Permission[]): Promise<Denial | undefined> {
    if (!this.#enabled) return undefined;
    const granted = await this.#permissionsOf(caller);
    const missing = permissions.filter((permission) => !granted.has(permission));
    if (missing.length === 0) return undefined;
    return {
      code: 'auth.forbidden',
      detail: `The current roles in this organization no longer grant ${missing.join(', ')}.`,
      missing,
    };
  }

  async #permissionsOf(caller: OrganizationCaller): Promise<ReadonlySet<string>> {
    const [held, catalogue] = await Promise.all([this.#rolesOf(caller), this.logto.catalogue()]);
    const roles = catalogue.filter(({ id }) => held.has(id));
    return new Set(
      roles.flatMap(({ scopes, resourceScopes }) => [...scopes, ...resourceScopes]).map(({ name }) => name),
    );
  }

  async #rolesOf({ organizationId, subject, machine }: OrganizationCaller): Promise<ReadonlySet<string>> {
    try {
      return await this.logto.rolesOf(organizationId, subject, machine);
    } catch (error) {
      // Former members have no roles; Logto answers 422 for users, 404 or 422 for machines.
      if (error instanceof LogtoRefusal && (error.status === 422 || error.status === 404)) return new Set();
      throw error;
    }
  }
}
