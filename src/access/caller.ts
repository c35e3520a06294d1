import type { Grant } from './permissions.js';

interface Identity {
  /** `sub`: the user's id, or the client's id for a machine. */
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Whether a client acts for itself (`sub` is `client_id`), not for a user. */
  readonly machine: boolean;
}

/** A first-party machine: its scopes apply to every organization. */
export interface ServiceCaller extends Identity {
  readonly kind: 'service';
}

/** A user or a machine within one organization: its scopes apply to this organization only. */
export interface OrganizationCaller extends Identity {
  readonly kind: 'organization';
  readonly organizationId: string;
}

/**
 * A user outside any organization. The scopes are ignored: Logto issues such a token with everything that the user's roles
 * grant in any organization, without saying in which.
 */
export interface UserCaller extends Identity {
  readonly kind: 'user';
}

export type Caller = ServiceCaller | OrganizationCaller | UserCaller;

/** The scope `all` grants everything to a service, and nothing to other callers. */
export const hasPermission = (caller: Caller, permission: Grant): boolean =>
  caller.scopes.has(permission) || (caller.kind === 'service' && caller.scopes.has('all'));
