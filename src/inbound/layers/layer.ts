import type { Visit } from '../visit/visit.js';

/** Answers a request. Throws or rejects on an error, which the layer `problems` answers. */
export type Handler = (visit: Visit) => void | Promise<void>;

/** A link of the list that every request passes. It gets the rest of the list, as a stage does. */
export type Layer = (next: Handler) => Handler;
