import { describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { requestContext, type RequestContext, withRequestContext } from './request-context.js';
import { systemClock } from './clock.js';

describe('the system clock', () => {
  it('runs each action when it is due and never earlier, shorter delays first', async () => {
    const done: string[] = [];
    const startedAt = performance.now();
    const begin = (name: string, ms: number) =>
      systemClock.after(ms, () => done.push(`${name} ${performance.now() - startedAt >= ms ? 'in time' : 'early'}`));
    begin('long', 61);
    begin('short', 23);
    begin('long too', 61);
    await until('all actions to run', () => done.length === 3);
    expect(done).toEqual(['short in time', 'long in time', 'long too in time']);
  });

  it('gives a timer that starts later its full delay', async () => {
    const late: number[] = [];
    systemClock.after(47, () => undefined);
    await until('a while to pass', () => new Promise((resolve) => setTimeout(resolve, 20, true)));
    const startedAt = performance.now();
    systemClock.after(47, () => late.push(performance.now() - startedAt));
    await until('the later timer', () => late.length === 1);
    expect(late[0]).toBeGreaterThanOrEqual(47);
  });

  it('skips a cancelled action, even when an action that is due with it cancels it', async () => {
    const done: string[] = [];
    systemClock.after(31, () => {
      done.push('first');
      cancel();
    });
    const cancel = systemClock.after(31, () => done.push('cancelled'));
    systemClock.after(31, () => done.push('last'));
    await until('the last action', () => done.includes('last'));
    expect(done).toEqual(['first', 'last']);
  });

  it('runs actions outside any request context, whichever request started the timer', async () => {
    let seen: RequestContext | 'nothing yet' | undefined = 'nothing yet';
    const context = { id: 'first' } as RequestContext;
    withRequestContext(context, () => systemClock.after(13, () => (seen = requestContext())));
    await until('the timer', () => seen !== 'nothing yet');
    expect(seen).toBeUndefined();
  });
});
