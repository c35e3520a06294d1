import { varyingLines } from '../../http/answers/answer.js';
import type { Metrics } from '../../observability/metrics.js';
import { type AnswerWriter, canTakeLines } from '../visit/answer-writer.js';
import { isRepeatable } from '../remembered/cached-response.js';
import type { RepeatedResponse, ResponseCache } from '../remembered/response-cache.js';
import type { Layer } from './layer.js';
import type { Visit } from '../visit/visit.js';

export interface RememberedAnswerOptions {
  readonly responses: Pick<ResponseCache, 'find'>;
  readonly writer: Pick<AnswerWriter, 'writeLines'>;
  readonly metrics: Pick<Metrics, 'countAvoidedReads'>;
}

/** Gives a whole answer again while all cached entries that it was made of are valid. */
export const rememberedAnswer =
  ({ responses, writer, metrics }: RememberedAnswerOptions): Layer =>
  (next) =>
  (visit) => {
    const { caller } = visit;
    const found =
      caller && isRepeatable(visit.request) && canTakeLines(visit) ? responses.find(visit, caller) : undefined;
    if (!found) return next(visit);
    visit.answeredBy = 'remembered';
    visit.route = found.response.route;
    metrics.countAvoidedReads(found.response.avoidedReads);
    repeat(visit, found, writer);
  };

const repeat = (
  visit: Visit,
  { variant, provenance, isNotModified }: RepeatedResponse,
  writer: RememberedAnswerOptions['writer'],
): void => {
  const { lines, content } = variant;
  const own = lines + varyingLines(visit, provenance);
  if (isNotModified) writer.writeLines(visit, 304, own, undefined);
  else writer.writeLines(visit, 200, own + (content?.lines ?? ''), content?.body);
};
