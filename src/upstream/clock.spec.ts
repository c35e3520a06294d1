import { describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { requestContext, type RequestContext, withRequestContext } from '../context/request-context.js';
import { systemClock } from './clock.js';

describe('the clock of the system', () => {
  it('does each thing when it is due and never before, the short ones first', async () => {
    const done: string[] = [];
    const startedAt = performance.now();
    const begin = (name: string, ms: number) =>
      systemClock.after(ms, () => done.push(`${name} ${performance.now() - startedAt >= ms ? 'in time' : 'early'}`));
    begin('long', 61);
    begin('short', 23);
    begin('long too', 61);
    await until('all of it', () => done.length === 3);
    expect(done).toEqual(['short in time', 'long in time', 'long too in time']);
  });

  it('gives who comes later all of its time', async () => {
    const late: number[] = [];
    systemClock.after(47, () => undefined);
    await until('a while to pass', () => new Promise((resolve) => setTimeout(resolve, 20, true)));
    const startedAt = performance.now();
    systemClock.after(47, () => late.push(performance.now() - startedAt));
    await until('the later one', () => late.length === 1);
    expect(late[0]).toBeGreaterThanOrEqual(47);
  });

  it('leaves out what was called off, also by what was due with it', async () => {
    const done: string[] = [];
    systemClock.after(31, () => {
      done.push('first');
      callOff();
    });
    const callOff = systemClock.after(31, () => done.push('called off'));
    systemClock.after(31, () => done.push('last'));
    await until('the last', () => done.includes('last'));
    expect(done).toEqual(['first', 'last']);
  });

  it('belongs to no request, whoever was the first to wait', async () => {
    let seen: RequestContext | 'nothing yet' | undefined = 'nothing yet';
    const context = { id: 'first' } as RequestContext;
    withRequestContext(context, () => systemClock.after(13, () => (seen = requestContext())));
    await until('the bell', () => seen !== 'nothing yet');
    expect(seen).toBeUndefined();
  });
});
