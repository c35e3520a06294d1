import type { UpstreamBudget } from '../budget/upstream-budget.js';
import type { Stage } from '../exchange.js';
import { laneOf } from '../lanes.js';

/** Pays for every attempt, retries included, for Logto counts them all; and believes Logto when it says that it is enough. */
export const budget =
  (purse: UpstreamBudget): Stage =>
  (next) =>
  async (request) => {
    await purse.pay(laneOf(request), request.endsAt, request.signal);
    const reply = await next(request);
    if (reply.status === 429) await purse.pause(reply.retryAfterS);
    return reply;
  };
