import { type RequestContext, requestContext } from '../context/request-context.js';
import { LeanSignal, type Signal } from '../context/signal.js';
import { systemClock } from './clock.js';
import type { DeadlineOptions } from './stages/deadline.stage.js';
import type { ReadRequest } from './exchange.js';
import { UpstreamFault } from './upstream-fault.js';

/**
 * How long a caller waits for a read: until its client leaves, or until all it asks of Logto together takes longer than
 * one call may. Undefined where nobody in particular waits. Writes are not asked: who sends one has it carried out.
 */
export function patience({ limitMs, aggregateLimitMs, clock = systemClock }: DeadlineOptions) {
  /** One clock for the whole request; it starts with the first question to Logto. */
  const storyOf = (context: RequestContext, leaving: Signal, limit: number): Signal => {
    if (context.patience) return context.patience;
    const story = new LeanSignal();
    const callOff = clock.after(limit, () =>
      story.abort(new UpstreamFault('upstream.timeout', `the request was not answered within ${limit} ms`)),
    );
    leaving.addEventListener('abort', () => {
      callOff();
      story.abort(leaving.reason);
    });
    if (leaving.aborted) story.abort(leaving.reason);
    context.patience = story;
    return story;
  };

  return ({ lane, streamed }: ReadRequest): Signal | undefined => {
    const context = requestContext();
    const leaving = context?.leaving?.();
    if (!context || !leaving || lane === 'background') return undefined;
    return streamed ? leaving : storyOf(context, leaving, lane === 'aggregate' ? aggregateLimitMs : limitMs);
  };
}

export type Patience = ReturnType<typeof patience>;
