import { DelegateBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
import type { Exchange, ReadRequest, Stage, UpstreamReply } from '../exchange.js';
import type { RetryBudget } from '../retry-budget.js';
import { UpstreamFault } from '../upstream-fault.js';

export interface RetryOptions {
  /** One attempt may take this long, in milliseconds. */
  readonly attemptMs: number;
  /** A call may take this long with all its attempts, in milliseconds. */
  readonly deadlineMs: number;
  readonly budget: RetryBudget;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** 0 to 1. */
  readonly random?: () => number;
}

const MOST_RETRIES = 2;
/** The longest first wait; the second may be four times as long. */
const FIRST_WAIT_MS = 50;

/** Logto, or what stands before it, is asked to be left alone for a moment. */
const PASSING = new Set([429, 502, 503, 504]);
/** The connection failed; whether Logto saw the question does not matter for a read. */
const LOST = new Set(['upstream.unavailable', 'upstream.error']);

const isLost = (error: unknown): boolean => error instanceof UpstreamFault && LOST.has(error.code);

/** Asks again after what passes: a lost connection, 429, 502, 503, 504. Reads only; a write is sent once. */
export const retry = ({ attemptMs, deadlineMs, budget, now = Date.now, random = Math.random }: RetryOptions): Stage => {
  if (!(deadlineMs > 0))
    throw new Error(`retry stage: deadlineMs must be a positive number of milliseconds, got ${deadlineMs}`);

  const read = (request: ReadRequest, next: Exchange): Promise<UpstreamReply> => {
    const until = now() + deadlineMs;
    let retries = 0;
    let waitMs = 0;
    /** Whether another attempt can end in time and is affordable; decides how long to wait for it. */
    const mayRetry = (retryAfterS?: number): boolean => {
      // Any wait up to the longest: those who failed together do not come back together.
      waitMs = retryAfterS === undefined ? random() * FIRST_WAIT_MS * 4 ** retries : retryAfterS * 1000;
      if (retries >= MOST_RETRIES || now() + waitMs + attemptMs > until || !budget.spend()) return false;
      retries += 1;
      return true;
    };
    const isPassing = ({ status, retryAfterS }: UpstreamReply): boolean => PASSING.has(status) && mayRetry(retryAfterS);
    return retryPolicy(
      handleWhen((error) => isLost(error) && mayRetry()).orWhenResult((reply) => isPassing(reply as UpstreamReply)),
      { maxAttempts: MOST_RETRIES, backoff: new DelegateBackoff(() => waitMs) },
    ).execute(() => next(request));
  };

  return (next) => (request) => {
    budget.earn();
    return request.method === 'GET' ? read(request, next) : next(request);
  };
};
