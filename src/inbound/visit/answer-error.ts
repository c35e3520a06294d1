import { Logger } from '@nestjs/common';
import { ClientDisconnected, UpstreamFault } from '../../core/faults.js';
import { withRequestContext } from '../../core/request-context.js';
import { problemAnswer, varyingLines } from '../../http/answers/answer.js';
import type { Problem } from '../../http/problems/problem.js';
import { problemOf } from '../../http/problems/problem-of.js';
import type { Visit } from './visit.js';

const logger = new Logger('Problem');

/** Answers with the problem that callers see for an error. */
export function answerError(visit: Visit, error: unknown): void {
  if (error instanceof ClientDisconnected) return;
  const problem = problemOf(error);
  withRequestContext(visit, () => logReason(problem, error));
  // Part of the answer was already sent. A broken connection shows the caller that it is incomplete.
  if (visit.response.headersSent) visit.response.destroy();
  else visit.send(problemAnswer(problem, visit, varyingLines(visit)));
}

/** Logs the reason of faults of the gateway and of Logto, of which the caller sees the kind alone. */
const logReason = (problem: Problem, error: unknown): void => {
  if (problem.kind === 'internal') logger.error(error instanceof Error ? error.stack : String(error));
  else if (error instanceof UpstreamFault) logger.warn(`${error.code}: ${error.message}`);
};
