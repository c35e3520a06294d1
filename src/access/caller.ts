import type { Grant } from './permissions.js';

interface Identity {
  /** `sub`: a user's id, or the client's own id for a machine. */
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** A client acting for itself (`sub` is `client_id`), not for a user. */
  readonly machine: boolean;
}

/** A machine of the house: its scopes apply to every organization. */
export interface ServiceCaller extends Identity {
  readonly kind: 'service';
}

/** A user or a machine inside one organization: its scopes apply there and nowhere else. */
export interface OrganizationCaller extends Identity {
  readonly kind: 'organization';
  readonly organizationId: string;
}

/**
 * A user of the gateway outside any organization. Its scopes count for nothing: Logto puts into such a token whatever
 * the user's roles grant in any organization, without saying in which.
 */
export interface UserCaller extends Identity {
  readonly kind: 'user';
}

export type Caller = ServiceCaller | OrganizationCaller | UserCaller;

/** Scope `all` grants everything to a service, and nothing to anyone else. */
export const holds = (caller: Caller, permission: Grant): boolean =>
  caller.scopes.has(permission) || (caller.kind === 'service' && caller.scopes.has('all'));
