import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { RetryBudget } from '../retry-budget.js';
import { UpstreamFault } from '../upstream-fault.js';
import { retry } from './retry.stage.js';

const lost = new UpstreamFault('upstream.error', 'reset', { lost: 'after' });
const neverLeft = new UpstreamFault('upstream.unavailable', 'refused', { lost: 'before' });

/** A far end that answers one thing after another, the last for ever. */
const farEnd = (...answers: (UpstreamReply | Error)[]) => {
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
  /** What comes of a call when time passes as it needs. */
  const outcome = async (call: Promise<UpstreamReply>): Promise<unknown> => {
    const settled = call.catch((error: unknown) => error);
    await clock.advance(10_000);
    return settled;
  };

  it.each([429, 502, 503, 504])('asks again after %i', async (status) => {
    const { asked, exchange } = farEnd(replyOf({}, { status }), replyOf({ ok: true }));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(2);
  });

  it('asks again after a lost connection', async () => {
    const { asked, exchange } = farEnd(lost, neverLeft, replyOf({}));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(3);
  });

  it('gives up after the second retry, with what came last', async () => {
    const { asked, exchange } = farEnd(lost, lost, replyOf({}, { status: 503 }));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ status: 503 });
    expect(asked).toHaveLength(3);
  });

  it.each([200, 304, 400, 404, 422, 500, 501])('takes %i for an answer', async (status) => {
    const { asked, exchange } = farEnd(replyOf({}, { status }));
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
  ] as const)('does not repeat what ended in %s without a lost connection', async (code) => {
    const { asked, exchange } = farEnd(new UpstreamFault(code, 'no'));
    expect(await outcome(stage()(exchange)(readOf('/x')))).toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it('hands on at once what is no fault of Logto', async () => {
    const bug = new TypeError('ours');
    const { asked, exchange } = farEnd(bug);
    expect(await outcome(stage()(exchange)(readOf('/x')))).toBe(bug);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['whose connection broke', lost],
    ['that was answered 503', replyOf({}, { status: 503 })],
    ['that was answered 429', replyOf({}, { status: 429 })],
  ])('never repeats a write %s', async (_what, answer) => {
    const { asked, exchange } = farEnd(answer, replyOf({}));
    await outcome(stage()(exchange)(writeOf('/x')));
    expect(asked).toHaveLength(1);
  });

  it('sends a write again that never left', async () => {
    const { asked, exchange } = farEnd(neverLeft, replyOf({}));
    expect(await outcome(stage()(exchange)(writeOf('/x')))).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(2);
  });

  it('stops repeating a write the moment it may have left', async () => {
    const { asked, exchange } = farEnd(neverLeft, lost, replyOf({}));
    expect(await outcome(stage()(exchange)(writeOf('/x')))).toBe(lost);
    expect(asked).toHaveLength(2);
  });

  it('does not wait longer than the deadline leaves room for another attempt', async () => {
    const busy = replyOf({}, { status: 429, retryAfterS: 1 });
    const { asked, exchange } = farEnd(busy, replyOf({}));
    expect(await stage()(exchange)({ ...readOf('/x'), endsAt: 1099 })).toBe(busy);
    expect(asked).toHaveLength(1);
  });

  it('leaves a long wait to the caller', async () => {
    const busy = replyOf({}, { status: 429, retryAfterS: 4 });
    const { asked, exchange } = farEnd(busy, replyOf({}));
    expect(await stage()(exchange)({ ...readOf('/x'), endsAt: 15_000 })).toBe(busy);
    expect(asked).toHaveLength(1);
  });

  it('waits exactly as long as Retry-After says', async () => {
    const { asked, exchange } = farEnd(replyOf({}, { status: 503, retryAfterS: 2 }), replyOf({}));
    const call = stage()(exchange)({ ...readOf('/x'), endsAt: 8000 });
    await clock.advance(1999);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect((await call).status).toBe(200);
  });

  it('waits longer before the second retry, each time by chance', async () => {
    const { asked, exchange } = farEnd(lost);
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

  it('stops waiting when nobody waits for the answer any more', async () => {
    const { asked, exchange } = farEnd(replyOf({}, { status: 503, retryAfterS: 3 }), replyOf({}));
    const leaving = new AbortController();
    const call = stage()(exchange)({ ...readOf('/x'), signal: leaving.signal });
    await clock.advance(1000);
    leaving.abort(new Error('left'));
    await expect(call).rejects.toThrow('left');
    expect([asked.length, clock.waiting]).toEqual([1, 0]);
  });

  it('adds at most a fifth to the load, however long a disturbance lasts', async () => {
    const { asked, exchange } = farEnd(lost);
    const through = stage()(exchange);
    const calls = 200;
    const all = Promise.allSettled(Array.from({ length: calls }, () => through(readOf('/x'))));
    await clock.advance(1000);
    await all;
    expect(asked.length).toBeGreaterThan(calls * 1.1);
    expect(asked.length).toBeLessThanOrEqual(calls * 1.2);
  });
});
