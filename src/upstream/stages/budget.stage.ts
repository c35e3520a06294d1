import type { UpstreamBudget } from '../budget/upstream-budget.js';
import type { Stage } from '../../core/exchange.js';
import { laneOf } from '../lanes/lanes.js';

/** Takes a token for every attempt, retries included, because Logto counts them all. Pauses when Logto answers 429. */
export const budget =
  (upstreamBudget: UpstreamBudget): Stage =>
  (next) =>
  async (request) => {
    await upstreamBudget.acquire(laneOf(request), request.endsAt, request.signal);
    const reply = await next(request);
    if (reply.status === 429) await upstreamBudget.pause(reply.retryAfterS);
    return reply;
  };
