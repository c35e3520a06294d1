import type { Visit } from '../visit/visit.js';

/** Carries out an operation. Returns a Representation, or undefined for an answer without a body. */
export type Work = (visit: Visit) => Promise<unknown>;

/** A link of the list around an operation. It gets the rest of the list, as a layer does. */
export type Step = (next: Work) => Work;
