import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import fc from 'fast-check';
import { deferred } from '../../test/support/far-end.js';
import { Turns } from './turns.js';

describe('turns', () => {
  it('give everyone the result of the own work', async () => {
    const turns = new Turns();
    const results = await Promise.all([1, 2, 3].map((number) => turns.take('a', async () => number * 10)));
    expect(results).toEqual([10, 20, 30]);
  });

  it('begin only when the one before is over', async () => {
    const turns = new Turns();
    const first = deferred<string>();
    const log: string[] = [];
    const one = turns.take('a', () => (log.push('one begins'), first.promise));
    const two = turns.take('a', async () => (log.push('two begins'), 'two'));
    await nextRound();
    expect(log).toEqual(['one begins']);
    first.resolve('one');
    expect(await Promise.all([one, two])).toEqual(['one', 'two']);
    expect(log).toEqual(['one begins', 'two begins']);
  });

  it('under another key do not wait', async () => {
    const turns = new Turns();
    const stuck = deferred<void>();
    const waiting = turns.take('a', () => stuck.promise);
    expect(await turns.take('b', async () => 'done')).toBe('done');
    stuck.resolve();
    await waiting;
  });

  it('that fail tell the one who took them, and nobody else', async () => {
    const turns = new Turns();
    const failing = turns.take('a', () => Promise.reject(new Error('mine')));
    const next = turns.take('a', async () => 'fine');
    await expect(failing).rejects.toThrow('mine');
    expect(await next).toBe('fine');
    expect(await turns.take('a', async () => 'still fine')).toBe('still fine');
  });

  it('that throw at once are failures like others', async () => {
    const turns = new Turns();
    const failing = turns.take('a', () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
  });

  it('lose no update, in whatever order the work is done', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 12 }),
        async (scheduler, fails) => {
          const turns = new Turns();
          let stored = 0;
          const all = fails.map((fail) =>
            turns.take('counter', async () => {
              const read = await scheduler.schedule(Promise.resolve(stored));
              await scheduler.schedule(Promise.resolve());
              if (fail) throw new Error('no');
              stored = read + 1;
            }),
          );
          const settled = Promise.allSettled(all);
          await scheduler.waitFor(settled);
          expect(stored).toBe(fails.filter((fail) => !fail).length);
        },
      ),
    );
  });
});
