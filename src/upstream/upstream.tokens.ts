/** Injects the `Exchange` that asks Logto. */
export const LOGTO = Symbol('LOGTO');
