/** Injects the `Config` read at start-up. */
export const CONFIG = Symbol('CONFIG');
