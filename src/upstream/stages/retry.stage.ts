import { type Clock, sleep, systemClock } from '../clock.js';
import type { Exchange, Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';
import type { RetryBudget } from '../retry-budget.js';
import { UpstreamFault } from '../upstream-fault.js';
import { whenOver } from '../when-over.js';

export interface RetryOptions {
  readonly budget: RetryBudget;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
}

const MOST_RETRIES = 2;
/** The longest first wait; the second may be four times as long. */
const FIRST_WAIT_MS = 50;
/** Told to wait longer, we tell the caller instead. */
const MOST_WAIT_MS = 3000;
/** Less time than this before the deadline is no use to another attempt. */
const ROOM_MS = 100;

/** Logto, or what stands before it, is asked to be left alone for a moment. */
const PASSING = new Set([429, 502, 503, 504]);

/** Whether asking again may help and cannot harm: a read that was lost, a write that never left. */
const mayHelp = ({ method }: UpstreamRequest, outcome: UpstreamReply | UpstreamFault): boolean => {
  if (!(outcome instanceof UpstreamFault)) return method === 'GET' && PASSING.has(outcome.status);
  const { lost } = outcome.options;
  return method === 'GET' ? lost !== undefined : lost === 'before';
};

/**
 * Asks again after what passes: a lost connection, 429, 502, 503, 504. A write is sent again only when nothing of it ever
 * left. cockatiel's retry knows neither our clock nor how much time is left, so this is our own.
 */
export const retry = ({ budget, clock = systemClock, random = Math.random }: RetryOptions): Stage => {
  const attempt = (request: UpstreamRequest, next: Exchange, retries: number): Promise<UpstreamReply> =>
    next(request).then(
      (reply) => again(request, next, retries, reply) ?? reply,
      (error: unknown) => {
        const another = error instanceof UpstreamFault ? again(request, next, retries, error) : undefined;
        if (another) return another;
        throw error;
      },
    );

  /** Another attempt, after a wait; undefined when there shall be none. */
  const again = (
    request: UpstreamRequest,
    next: Exchange,
    retries: number,
    outcome: UpstreamReply | UpstreamFault,
  ): Promise<UpstreamReply> | undefined => {
    if (retries >= MOST_RETRIES || !mayHelp(request, outcome)) return undefined;
    const waitMs = waitBefore(outcome, retries, random);
    const inTime = waitMs <= MOST_WAIT_MS && clock.now() + waitMs + ROOM_MS <= (request.endsAt ?? Infinity);
    if (!inTime || !budget.spend()) return undefined;
    return sleep(clock, waitMs, request.signal).then(() => attempt(request, next, retries + 1));
  };

  return (next) => (request) => {
    budget.begin();
    return whenOver(attempt(request, next, 0), () => budget.end());
  };
};

/** What Logto asks for; else anything up to the longest: those who failed together do not come back together. */
const waitBefore = (outcome: UpstreamReply | UpstreamFault, retries: number, random: () => number): number =>
  outcome instanceof UpstreamFault || outcome.retryAfterS === undefined
    ? random() * FIRST_WAIT_MS * 4 ** retries
    : outcome.retryAfterS * 1000;
