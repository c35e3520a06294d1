import type { Caller } from './caller.js';

/** A cached token always yields the same caller object, so the string is built once per token. */
const principals = new WeakMap<Caller, string>();

/**
 * Identifies a caller for limits and idempotency keys, independently of the token. The same person in two organizations is
 * two principals, and so is the same person with two clients.
 */
export function principalOf(caller: Caller): string {
  let principal = principals.get(caller);
  if (principal === undefined) {
    const organizationId = 'organizationId' in caller ? caller.organizationId : '';
    principal = JSON.stringify([caller.kind, caller.subject, caller.clientId, organizationId]);
    principals.set(caller, principal);
  }
  return principal;
}
