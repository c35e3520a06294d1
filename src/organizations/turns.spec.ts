import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import fc from 'fast-check';
import { deferred } from '../../test/support/far-end.js';
import type { Lease } from '../redis/shared-lock.js';
import { RedisUnavailable } from '../redis/shared-redis.js';
import { Turns } from './turns.js';

const leaseOf = (more: Partial<Lease> = {}): Lease => ({
  isHeld: async () => true,
  release: async () => false,
  ...more,
});

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

  it('that do not come in time are a conflict, told when the time is over; the next ones go on', async () => {
    const turns = new Turns(undefined, 20);
    const stuck = deferred<string>();
    const first = turns.take('a', () => stuck.promise);
    const log: string[] = [];
    await expect(turns.take('a', async () => log.push('done'))).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
      options: { headers: { 'Retry-After': '1' } },
    });
    stuck.resolve('late but mine');
    expect(await first).toBe('late but mine');
    expect(await turns.take('a', async () => 'next')).toBe('next');
    expect(log).toEqual([]);
  });

  describe('among replicas', () => {
    it('wait for the lock, and give it back whatever becomes of the work', async () => {
      const log: string[] = [];
      const answers = [undefined, undefined, leaseOf({ release: async () => (log.push('released'), false) })];
      const turns = new Turns({ take: async (name) => (log.push(`asked for ${name}`), answers.shift()) });
      const work = turns.take('a', async () => {
        log.push('work');
        throw new Error('mine');
      });
      await expect(work).rejects.toThrow('mine');
      expect(log).toEqual(['asked for a', 'asked for a', 'asked for a', 'work', 'released']);
    });

    it('are a conflict when the lock does not come in time', async () => {
      const turns = new Turns({ take: async () => undefined }, 20);
      await expect(turns.take('a', async () => 'never')).rejects.toMatchObject({ status: 409, code: 'conflict' });
    });

    it('begin anew when they were lost before the writing, and are a conflict when that goes on', async () => {
      let lost = 2;
      const turns = new Turns({ take: async () => leaseOf({ isHeld: async () => lost-- <= 0 }) });
      let tries = 0;
      const work = async ({ confirm }: { confirm(): Promise<void> }) => {
        tries += 1;
        await confirm();
        return tries;
      };
      expect(await turns.take('a', work)).toBe(3);
      lost = 3;
      await expect(turns.take('a', work)).rejects.toMatchObject({ status: 409 });
      expect(tries).toBe(6);
    });

    it('are those of this process while Redis is away', async () => {
      const turns = new Turns({ take: () => Promise.reject(new RedisUnavailable('away')) });
      const both = await Promise.all(
        [1, 2].map((number) => turns.take('a', async ({ confirm }) => (await confirm(), number))),
      );
      expect(both).toEqual([1, 2]);
    });

    it('let the other replicas ask first when they want one', async () => {
      const times: number[] = [];
      const turns = new Turns({
        take: async () => (times.push(performance.now()), leaseOf({ release: async () => true })),
      });
      await turns.take('a', async () => 1);
      await turns.take('a', async () => 2);
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(15);
    });
  });
});
