import { answerOf, emptyAnswer, type SuccessAnswer } from '../../http/answers/answer.js';
import { Representation } from '../../http/answers/representation.js';
import { attach } from '../visit/visited-request.js';
import type { Route, RouteTable } from '../routing/route-table.js';
import type { Layer } from './layer.js';
import type { Visit } from '../visit/visit.js';

export interface DispatchOptions {
  readonly routes: Pick<RouteTable, 'find'>;
  readonly publicUrl: () => string;
  /** Called with each successful answer before it is written. */
  readonly onAnswer: (visit: Visit, route: Route, representation: Representation, answer: SuccessAnswer) => void;
}

/** Calls the controller's method directly instead of through the framework. The steps of the operation are the same. */
export const dispatch =
  (options: DispatchOptions): Layer =>
  (next) =>
  (visit) => {
    const found = options.routes.find(visit.request.method ?? '', visit.path);
    if (!found) return next(visit);
    const { route, params } = found;
    visit.answeredBy = 'dispatch';
    visit.route = route.path;
    visit.params = params;
    attach(visit);
    return run(route, visit, options);
  };

async function run(route: Route, visit: Visit, { publicUrl, onAnswer }: DispatchOptions): Promise<void> {
  const { status } = route.operation.answer;
  const result = await route.run(visit);
  if (result === undefined) {
    visit.send(emptyAnswer(status));
    return;
  }
  if (!(result instanceof Representation)) throw new Error(`${route.operation.id} answers with no representation`);
  const made = answerOf(result, visit, { status, publicUrl: publicUrl() });
  const answer = 'then' in made ? await made : made;
  onAnswer(visit, route, result, answer);
  visit.send(answer);
}
