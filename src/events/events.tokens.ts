/** Injects `RoleEvents`; undefined where there is no `EVENTS_WEBHOOK_URL`. */
export const ROLE_EVENTS = Symbol('ROLE_EVENTS');
