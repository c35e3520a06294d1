import { type Clock, sleep, systemClock } from '../../core/clock.js';
import type { Exchange, Stage, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import type { RetryBudget } from './retry-budget.js';
import { UpstreamFault } from '../../core/faults.js';
import { onSettled } from '../../core/on-settled.js';

export interface RetryOptions {
  readonly budget: RetryBudget;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
}

const MAX_RETRIES = 2;
/** The upper bound of the first wait; that of the second is four times as long. */
const FIRST_WAIT_MS = 50;
/** A longer `Retry-After` is passed on to the caller instead. */
const MAX_WAIT_MS = 3000;
/** An attempt needs at least this much time before the deadline. */
const MIN_ATTEMPT_MS = 100;

/** Statuses by which Logto, or a proxy in front of it, reports a transient failure. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/** Whether a retry may help and cannot harm: of a read that failed, or a write that was never sent. */
const isRetryable = ({ method }: UpstreamRequest, outcome: UpstreamReply | UpstreamFault): boolean => {
  if (!(outcome instanceof UpstreamFault)) return method === 'GET' && TRANSIENT.has(outcome.status);
  const { lost } = outcome.options;
  return method === 'GET' ? lost !== undefined : lost === 'before';
};

/**
 * Retries after a transient failure: a broken connection, 429, 502, 503, 504. A write is retried only when it was never sent.
 * This is our own because cockatiel's retry knows neither our clock nor the deadline.
 */
export const retry = ({ budget, clock = systemClock, random = Math.random }: RetryOptions): Stage => {
  const attempt = (request: UpstreamRequest, next: Exchange, retries: number): Promise<UpstreamReply> =>
    next(request).then(
      (reply) => retryAfter(request, next, retries, reply) ?? reply,
      (error: unknown) => {
        const retried = error instanceof UpstreamFault ? retryAfter(request, next, retries, error) : undefined;
        if (retried) return retried;
        throw error;
      },
    );

  /** Another attempt after a wait; undefined when there must be none. */
  const retryAfter = (
    request: UpstreamRequest,
    next: Exchange,
    retries: number,
    outcome: UpstreamReply | UpstreamFault,
  ): Promise<UpstreamReply> | undefined => {
    if (retries >= MAX_RETRIES || !isRetryable(request, outcome)) return undefined;
    const waitMs = waitBefore(outcome, retries, random);
    const isInTime = waitMs <= MAX_WAIT_MS && clock.now() + waitMs + MIN_ATTEMPT_MS <= (request.endsAt ?? Infinity);
    if (!isInTime || !budget.spend()) return undefined;
    return sleep(clock, waitMs, request.signal).then(() => attempt(request, next, retries + 1));
  };

  return (next) => (request) => {
    budget.begin();
    return onSettled(attempt(request, next, 0), () => budget.end());
  };
};

/** `Retry-After`, or exponential backoff with full jitter, so that calls which failed together do not retry together. */
const waitBefore = (outcome: UpstreamReply | UpstreamFault, retries: number, random: () => number): number =>
  outcome instanceof UpstreamFault || outcome.retryAfterS === undefined
    ? random() * FIRST_WAIT_MS * 4 ** retries
    : outcome.retryAfterS * 1000;
