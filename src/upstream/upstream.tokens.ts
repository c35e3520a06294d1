/** Injects the `Exchange` for calls to Logto. */
export const LOGTO = Symbol('LOGTO');
