import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock, settle } from '../../../test/support/manual-clock.js';
import { MemoryBucket } from '../budget/memory-bucket.js';
import { UpstreamBudget } from '../budget/upstream-budget.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../../core/exchange.js';
import { budget } from './budget.stage.js';

/** A bucket of 50 tokens, refilled by 14 a second. */
const QUOTA = { count: 200, windowMs: 10_000 };

describe('budget stage', () => {
  let clock: ManualClock;
  let upstreamBudget: UpstreamBudget;
  let exchange: Exchange;
  let sentAt: number[];
  let order: string[];
  let answer: UpstreamReply;
  beforeEach(() => {
    clock = new ManualClock();
    sentAt = [];
    order = [];
    answer = replyOf({});
    upstreamBudget = new UpstreamBudget({ bucket: new MemoryBucket(QUOTA, 1, clock), waiting: 1000, clock });
    exchange = budget(upstreamBudget)(async ({ path }) => {
      sentAt.push(clock.now());
      order.push(path);
      return answer;
    });
  });
  const read = (path: string, lane: ReadRequest['lane'], endsAt = Infinity) => {
    const outcome = exchange({ ...readOf(path, { ...(lane && { lane }) }), endsAt });
    outcome.catch(() => undefined);
    return outcome;
  };
  const burst = async (count: number, lane: ReadRequest['lane']): Promise<number> => {
    const outcomes = Array.from({ length: count }, (_, index) => read(`/${lane}/${index}`, lane));
    await clock.advance(2500);
    return (await Promise.allSettled(outcomes)).filter(({ status }) => status === 'fulfilled').length;
  };

  /** Takes every token that a lane can have now, without waiting. */
  const drain = async (lane: ReadRequest['lane']): Promise<void> => {
    for (let i = 0; i < 60; i += 1) void read(`/${i}`, lane, clock.now());
    await settle();
    order = [];
  };

  it('never sends more than the quota in any window of its length, whatever the load', async () => {
    for (let i = 0; i < 12; i += 1) {
      await burst(300, 'interactive');
    }
    expect(sentAt.length).toBeGreaterThan(400);
    const most = Math.max(...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + 10_000).length));
    expect(most).toBeLessThanOrEqual(QUOTA.count);
    expect(most).toBeGreaterThan(QUOTA.count * 0.8);
  });

  it('reserves tokens for the higher lanes', async () => {
    const taken = async (lane: ReadRequest['lane']): Promise<number> => {
      const before = order.length;
      for (let i = 0; i < 60; i += 1) void read(`/${i}`, lane, clock.now());
      await settle();
      return order.length - before;
    };
    expect(await taken('background')).toBe(25);
    expect(await taken('aggregate')).toBe(10);
    expect(await taken('interactive')).toBe(10);
    await exchange(writeOf('/write'));
    expect(order.at(-1)).toBe('/write');
  });

  it('waits for a token that becomes available in time', async () => {
    await drain('interactive');
    const soon = read('/soon', 'interactive');
    await clock.advance(2000);
    expect((await soon).status).toBe(200);
  });

  it('fails when no token becomes available before the deadline', async () => {
    await drain('interactive');
    const late = read('/late', 'interactive', clock.now() + 50);
    await clock.advance(50);
    await expect(late).rejects.toMatchObject({ code: 'upstream.budget' });
    expect(order).toEqual([]);
  });

  it('serves the higher lane first', async () => {
    await drain('aggregate');
    const waiting = Array.from({ length: 20 }, (_, index) => read(`/aggregate/${index}`, 'aggregate'));
    await settle();
    await Promise.all(Array.from({ length: 5 }, (_, index) => read(`/read/${index}`, 'interactive')));
    expect(order.filter((path) => path.startsWith('/read')).length).toBe(5);
    await clock.advance(2500);
    await Promise.allSettled(waiting);
  });

  it('drops a waiting call whose signal fires', async () => {
    await drain('interactive');
    const controller = new AbortController();
    const outcome = exchange({ ...readOf('/aborted'), signal: controller.signal });
    await settle();
    controller.abort(new Error('disconnected'));
    await expect(outcome).rejects.toThrow('disconnected');
    await clock.advance(2500);
    expect(order).not.toContain('/aborted');
    expect(upstreamBudget.state.waiting).toBe(0);
  });

  it('sends nothing for as long as a 429 from Logto says', async () => {
    answer = replyOf({}, { status: 429, retryAfterS: 4 });
    await read('/first', 'interactive');
    answer = replyOf({});
    await expect(read('/second', 'interactive')).rejects.toMatchObject({
      code: 'upstream.budget',
      options: { retryAfterS: 4 },
    });
    await expect(exchange(writeOf('/write'))).rejects.toMatchObject({ code: 'upstream.budget' });
    await clock.advance(4000);
    expect((await read('/third', 'interactive')).status).toBe(200);
    expect(order).toEqual(['/first', '/third']);
  });

  it('refuses a call when the queue is full', async () => {
    upstreamBudget = new UpstreamBudget({ bucket: new MemoryBucket(QUOTA, 1, clock), waiting: 2, clock });
    exchange = budget(upstreamBudget)(async () => replyOf({}));
    const outcomes = Array.from({ length: 50 }, (_, index) => read(`/${index}`, 'interactive'));
    const settled = Promise.allSettled(outcomes);
    await clock.advance(2500);
    expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(47);
    expect(upstreamBudget.state.refused).toBe(3);
  });
});
