import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { RetryBudget } from './retry-budget.js';
import { UpstreamFault } from '../../core/faults.js';
import { retry } from './retry.stage.js';

const brokenConnection = new UpstreamFault('upstream.error', 'reset', { lost: 'after' });
const neverSent = new UpstreamFault('upstream.unavailable', 'refused', { lost: 'before' });

/** A Logto that gives these answers in turn, then repeats the last one. */
const logtoOf = (...answers: (UpstreamReply | Error)[]) => {
  const asked: UpstreamRequest[] = [];
  const exchange: Exchange = async (request) => {
    const answer = answers[Math.min(asked.push(request), answers.length) - 1];
    if (answer instanceof Error || !answer) throw answer;
    return answer;
  };
  return { asked, exchange };
};

describe('retry stage', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  const stage = (random = () => 0) => retry({ clock, budget: new RetryBudget(), random });
  /** The outcome of a call once enough time has passed. */
  const outcome = async (call: Promise<UpstreamReply>): Promise<unknown> => {
    const settled = call.catch((error: unknown) => error);
    await clock.advance(10_000);
    return settled;
  };

  it.each([429, 502, 503, 504])('retries after %i', async (status) => {
    const { asked, exchange } = logtoOf(replyOf({}, { status }), replyOf({ ok: true }));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(2);
  });

  it('retries after a broken connection', async () => {
    const { asked, exchange } = logtoOf(brokenConnection, neverSent, replyOf({}));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(3);
  });

  it('gives up after the second retry, with the last outcome', async () => {
    const { asked, exchange } = logtoOf(brokenConnection, brokenConnection, replyOf({}, { status: 503 }));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 503 });
    expect(asked).toHaveLength(3);
  });

  it.each([200, 304, 400, 404, 422, 500, 501])('does not retry after %i', async (status) => {
    const { asked, exchange } = logtoOf(replyOf({}, { status }));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status });
    expect(asked).toHaveLength(1);
  });

  it.each([
    'upstream.timeout',
    'upstream.invalid_response',
    'upstream.unauthorized',
    'upstream.unavailable',
    'upstream.busy',
    'upstream.budget',
  ] as const)('does not retry after %s without a broken connection', async (code) => {
    const { asked, exchange } = logtoOf(new UpstreamFault(code, 'no'));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it('passes on other errors at once', async () => {
    const bug = new TypeError('ours');
    const { asked, exchange } = logtoOf(bug);
    expect(await outcome(stage()(exchange)(readOf('/x')))).toBe(bug);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['whose connection broke', brokenConnection],
    ['that was answered 503', replyOf({}, { status: 503 })],
    ['that was answered 429', replyOf({}, { status: 429 })],
  ])('never retries a write %s', async (_what, answer) => {
    const { asked, exchange } = logtoOf(answer, replyOf({}));
    await outcome(stage()(exchange)(writeOf('/x')));
    expect(asked).toHaveLength(1);
  });

  it('retries a write that was never sent', async () => {
    const { asked, exchange } = logtoOf(neverSent, replyOf({}));
    expect(await outcome(stage()(exchange)(writeOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(2);
  });

  it('stops retrying a write once it may have been sent', async () => {
    const { asked, exchange } = logtoOf(neverSent, brokenConnection, replyOf({}));
    expect(await outcome(stage()(exchange)(writeOf('/x')))).toBe(brokenConnection);
    expect(asked).toHaveLength(2);
  });

  it('does not retry when the deadline leaves too little time for another attempt', async () => {
    const busy = replyOf({}, { status: 429, retryAfterS: 1 });
    const { asked, exchange } = logtoOf(busy, replyOf({}));
    expect(await stage()(exchange)({ ...readOf('/x'), endsAt: 1099 })).toBe(busy);
    expect(asked).toHaveLength(1);
  });

  it('passes a long Retry-After on to the caller', async () => {
    const busy = replyOf({}, { status: 429, retryAfterS: 4 });
    const { asked, exchange } = logtoOf(busy, replyOf({}));
    expect(await stage()(exchange)({ ...readOf('/x'), endsAt: 15_000 })).toBe(busy);
    expect(asked).toHaveLength(1);
  });

  it('waits exactly as long as Retry-After says', async () => {
    const { asked, exchange } = logtoOf(replyOf({}, { status: 503, retryAfterS: 2 }), replyOf({}));
    const call = stage()(exchange)({ ...readOf('/x'), endsAt: 8000 });
    await clock.advance(1999);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect((await call).status).toBe(200);
  });

  it('waits a random time, up to four times as long before the second retry', async () => {
    const { asked, exchange } = logtoOf(brokenConnection);
    const call = stage(() => 0.5)(exchange)(readOf('/x')).catch(() => undefined);
    await clock.advance(24);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(99);
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    expect(asked).toHaveLength(3);
    await call;
  });

  it('stops waiting when the signal of the request fires', async () => {
    const { asked, exchange } = logtoOf(replyOf({}, { status: 503, retryAfterS: 3 }), replyOf({}));
    const controller = new AbortController();
    const call = stage()(exchange)({ ...readOf('/x'), signal: controller.signal });
    await clock.advance(1000);
    controller.abort(new Error('disconnected'));
    await expect(call).rejects.toThrow('disconnected');
    expect([asked.length, clock.waiting]).toEqual([1, 0]);
  });

  it('adds at most a fifth to the load, however long Logto fails', async () => {
    const { asked, exchange } = logtoOf(brokenConnection);
    const through = stage()(exchange);
    const calls = 200;
    const all = Promise.allSettled(Array.from({ length: calls }, () => through(readOf('/x'))));
    await clock.advance(1000);
    await all;
    expect(asked.length).toBeGreaterThan(calls * 1.1);
    expect(asked.length).toBeLessThanOrEqual(calls * 1.2);
  });
});
