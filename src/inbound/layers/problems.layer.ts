import { answerError } from '../visit/answer-error.js';
import type { Layer } from './layer.js';

/** Answers errors of the layers after it with application/problem+json. */
export const problems: Layer = (next) => (visit) => {
  try {
    // There is no promise for a remembered answer.
    return next(visit)?.catch((error: unknown) => answerError(visit, error));
  } catch (error) {
    answerError(visit, error);
  }
};
