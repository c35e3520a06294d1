/** Injects `RoleEvents`; undefined without `EVENTS_WEBHOOK_URL`. */
export const ROLE_EVENTS = Symbol('ROLE_EVENTS');
