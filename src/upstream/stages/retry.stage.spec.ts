import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { RetryBudget } from '../retry-budget.js';
import { UpstreamFault } from '../upstream-fault.js';
import { retry } from './retry.stage.js';

const lost = new UpstreamFault('upstream.error', 'reset');

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

const stage = (options: Partial<Parameters<typeof retry>[0]> = {}) =>
  retry({ attemptMs: 100, deadlineMs: 1000, budget: new RetryBudget(), random: () => 0, ...options });

describe('retry stage', () => {
  it.each([429, 502, 503, 504])('asks again after %i', async (status) => {
    const { asked, exchange } = farEnd(replyOf({}, { status }), replyOf({ ok: true }));
    expect((await stage()(exchange)(readOf('/x'))).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('asks again after a lost connection', async () => {
    const { asked, exchange } = farEnd(lost, new UpstreamFault('upstream.unavailable', 'refused'), replyOf({}));
    expect((await stage()(exchange)(readOf('/x'))).status).toBe(200);
    expect(asked).toHaveLength(3);
  });

  it('gives up after the second retry, with what came last', async () => {
    const { asked, exchange } = farEnd(lost, lost, replyOf({}, { status: 503 }));
    expect((await stage()(exchange)(readOf('/x'))).status).toBe(503);
    expect(asked).toHaveLength(3);
  });

  it.each([200, 304, 400, 404, 422, 500, 501])('takes %i for an answer', async (status) => {
    const { asked, exchange } = farEnd(replyOf({}, { status }));
    expect((await stage()(exchange)(readOf('/x'))).status).toBe(status);
    expect(asked).toHaveLength(1);
  });

  it.each(['upstream.timeout', 'upstream.invalid_response', 'upstream.unauthorized'] as const)(
    'does not repeat what ended in %s',
    async (code) => {
      const { asked, exchange } = farEnd(new UpstreamFault(code, 'no'));
      await expect(stage()(exchange)(readOf('/x'))).rejects.toMatchObject({ code });
      expect(asked).toHaveLength(1);
    },
  );

  it('sends a write once, whatever becomes of it', async () => {
    const { asked, exchange } = farEnd(lost, replyOf({}));
    await expect(stage()(exchange)(writeOf('/x'))).rejects.toBe(lost);
    expect(asked).toHaveLength(1);
  });

  it('does not wait longer than the deadline leaves room for another attempt', async () => {
    const busy = replyOf({}, { status: 429, retryAfterS: 1 });
    const { asked, exchange } = farEnd(busy, replyOf({}));
    expect(await stage({ deadlineMs: 1099, attemptMs: 100 })(exchange)(readOf('/x'))).toBe(busy);
    expect(asked).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    const { exchange } = farEnd(replyOf({}, { status: 503, retryAfterS: 1 }), replyOf({}));
    const startedAt = performance.now();
    await stage({ deadlineMs: 5000 })(exchange)(readOf('/x'));
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  it('adds at most a fifth to the load, however long a disturbance lasts', async () => {
    const { asked, exchange } = farEnd(lost);
    const through = stage()(exchange);
    const calls = 500;
    await Promise.all(Array.from({ length: calls }, () => through(readOf('/x')).catch(() => undefined)));
    expect(asked.length).toBeGreaterThan(calls);
    // What was saved up before comes on top, once.
    expect(asked.length).toBeLessThanOrEqual(calls * 1.2 + 10);
  });

  it('is not built with a deadline that is no time', () => {
    expect(() => stage({ deadlineMs: 0 })).toThrow('deadlineMs');
  });
});
