import type { Caller } from './caller.js';

/** A caller is the same object for as long as its token is remembered, so the text is made once for a token. */
const known = new WeakMap<Caller, string>();

/**
 * Who a caller is to limits and idempotency keys, whatever token they bring: the same person in two organizations is two,
 * and so are two clients of one person.
 */
export function principalOf(caller: Caller): string {
  let principal = known.get(caller);
  if (principal === undefined) {
    const organizationId = 'organizationId' in caller ? caller.organizationId : '';
    principal = JSON.stringify([caller.kind, caller.subject, caller.clientId, organizationId]);
    known.set(caller, principal);
  }
  return principal;
}
