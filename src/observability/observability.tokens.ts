/** Injects the `Observer` of upstream exchanges. */
export const OBSERVER = Symbol('OBSERVER');

/** Injects the one pino `Logger`. */
export const LOGGER = Symbol('LOGGER');
