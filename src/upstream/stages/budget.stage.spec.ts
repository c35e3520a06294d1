import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock, settle } from '../../../test/support/manual-clock.js';
import { MemoryBucket } from '../budget/memory-bucket.js';
import { UpstreamBudget } from '../budget/upstream-budget.js';
import type { Exchange, ReadRequest, UpstreamReply } from '../exchange.js';
import { budget } from './budget.stage.js';

/** A bucket of 50, of which 14 come back in a second. */
const QUOTA = { count: 200, windowMs: 10_000 };

describe('budget stage', () => {
  let clock: ManualClock;
  let purse: UpstreamBudget;
  let exchange: Exchange;
  let sentAt: number[];
  let order: string[];
  let answer: UpstreamReply;
  beforeEach(() => {
    clock = new ManualClock();
    sentAt = [];
    order = [];
    answer = replyOf({});
    purse = new UpstreamBudget({ bucket: new MemoryBucket(QUOTA, 1, clock), waiting: 1000, clock });
    exchange = budget(purse)(async ({ path }) => {
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

  /** Takes what there is for a lane at present, without waiting. */
  const drain = async (lane: ReadRequest['lane']): Promise<void> => {
    for (let i = 0; i < 60; i += 1) void read(`/${i}`, lane, clock.now());
    await settle();
    order = [];
  };

  it('never sends more than the quota in any span of its length, however much is asked', async () => {
    for (let i = 0; i < 12; i += 1) {
      await burst(300, 'interactive');
    }
    expect(sentAt.length).toBeGreaterThan(400);
    const most = Math.max(...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + 10_000).length));
    expect(most).toBeLessThanOrEqual(QUOTA.count);
    expect(most).toBeGreaterThan(QUOTA.count * 0.8);
  });

  it('leaves something for the more urgent lanes', async () => {
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

  it('waits for a token that comes in time', async () => {
    await drain('interactive');
    const soon = read('/soon', 'interactive');
    await clock.advance(2000);
    expect((await soon).status).toBe(200);
  });

  it('says when to come back where none comes before the deadline', async () => {
    await drain('interactive');
    const late = read('/late', 'interactive', clock.now() + 50);
    await clock.advance(50);
    await expect(late).rejects.toMatchObject({ code: 'upstream.budget' });
    expect(order).toEqual([]);
  });

  it('serves who is more urgent first', async () => {
    await drain('aggregate');
    const waiting = Array.from({ length: 20 }, (_, index) => read(`/aggregate/${index}`, 'aggregate'));
    await settle();
    await Promise.all(Array.from({ length: 5 }, (_, index) => read(`/read/${index}`, 'interactive')));
    expect(order.filter((path) => path.startsWith('/read')).length).toBe(5);
    await clock.advance(2500);
    await Promise.allSettled(waiting);
  });

  it('forgets who leaves', async () => {
    await drain('interactive');
    const leaving = new AbortController();
    const outcome = exchange({ ...readOf('/left'), signal: leaving.signal });
    await settle();
    leaving.abort(new Error('left'));
    await expect(outcome).rejects.toThrow('left');
    await clock.advance(2500);
    expect(order).not.toContain('/left');
    expect(purse.state.waiting).toBe(0);
  });

  it('asks nothing for as long as a 429 of Logto says', async () => {
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

  it('turns away who finds too many waiting', async () => {
    purse = new UpstreamBudget({ bucket: new MemoryBucket(QUOTA, 1, clock), waiting: 2, clock });
    exchange = budget(purse)(async () => replyOf({}));
    const outcomes = Array.from({ length: 50 }, (_, index) => read(`/${index}`, 'interactive'));
    const settled = Promise.allSettled(outcomes);
    await clock.advance(2500);
    expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(47);
    expect(purse.state.refused).toBe(3);
  });
});
