/** Injects the `Observer` that is told of every upstream exchange. */
export const OBSERVER = Symbol('OBSERVER');

/** Injects the one pino `Logger`. */
export const LOGGER = Symbol('LOGGER');
