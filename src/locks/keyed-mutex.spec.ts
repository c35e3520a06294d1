import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import fc from 'fast-check';
import { deferred, until } from '../../test/support/far-end.js';
import type { Lease } from '../redis/lease.js';
import { RedisUnavailable } from '../redis/shared-redis.js';
import { KeyedMutex, type Lock } from './keyed-mutex.js';

const leaseOf = (more: Partial<Lease> = {}): Lease => ({
  isHeld: async () => true,
  release: async () => false,
  replace: async () => undefined,
  ...more,
});

const PLAIN = { isConditional: false };
const CONDITIONAL = { isConditional: true };

/** Leases as replicas share them: one holder at a time, who is told whether somebody has asked meanwhile. */
const sharedLeases = () => {
  let isTaken = false;
  let isWanted = false;
  return {
    take: async () => {
      if (isTaken) {
        isWanted = true;
        return { found: '' };
      }
      isTaken = true;
      return leaseOf({
        release: async () => {
          const wasWanted = isWanted;
          isTaken = isWanted = false;
          return wasWanted;
        },
      });
    },
  };
};

describe('a keyed mutex', () => {
  it('gives everyone the result of the own work', async () => {
    const mutex = new KeyedMutex(undefined);
    const results = await Promise.all([1, 2, 3].map((number) => mutex.run('a', PLAIN, async () => number * 10)));
    expect(results).toEqual([10, 20, 30]);
  });

  it('begins a work only when the one before is over', async () => {
    const mutex = new KeyedMutex(undefined);
    const first = deferred<string>();
    const log: string[] = [];
    const one = mutex.run('a', PLAIN, () => (log.push('one begins'), first.promise));
    const two = mutex.run('a', PLAIN, async () => (log.push('two begins'), 'two'));
    await nextRound();
    expect(log).toEqual(['one begins']);
    first.resolve('one');
    expect(await Promise.all([one, two])).toEqual(['one', 'two']);
    expect(log).toEqual(['one begins', 'two begins']);
  });

  it('lets nobody wait for what is under another key', async () => {
    const mutex = new KeyedMutex(undefined);
    const stuck = deferred<void>();
    const waiting = mutex.run('a', PLAIN, () => stuck.promise);
    expect(await mutex.run('b', PLAIN, async () => 'done')).toBe('done');
    stuck.resolve();
    await waiting;
  });

  it('tells a failure to the one whose work it was, and nobody else', async () => {
    const mutex = new KeyedMutex(undefined);
    const failing = mutex.run('a', PLAIN, () => Promise.reject(new Error('mine')));
    const next = mutex.run('a', PLAIN, async () => 'fine');
    await expect(failing).rejects.toThrow('mine');
    expect(await next).toBe('fine');
    expect(await mutex.run('a', PLAIN, async () => 'still fine')).toBe('still fine');
  });

  it('takes what is thrown at once for a failure like others', async () => {
    const mutex = new KeyedMutex(undefined);
    const failing = mutex.run('a', PLAIN, () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
  });

  it('loses no update, in whatever order the work is done', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 12 }),
        async (scheduler, fails) => {
          const mutex = new KeyedMutex(undefined);
          let stored = 0;
          const all = fails.map((fail) =>
            mutex.run('counter', PLAIN, async () => {
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

  it('is a conflict for whoever waits too long, told when the time is over, and goes on with the next', async () => {
    const mutex = new KeyedMutex(undefined, 20);
    const stuck = deferred<string>();
    const first = mutex.run('a', PLAIN, () => stuck.promise);
    const log: string[] = [];
    await expect(mutex.run('a', PLAIN, async () => log.push('done'))).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
      options: { headers: { 'Retry-After': '1' } },
    });
    stuck.resolve('late but mine');
    expect(await first).toBe('late but mine');
    expect(await mutex.run('a', PLAIN, async () => 'next')).toBe('next');
    expect(log).toEqual([]);
  });

  describe('among replicas', () => {
    it('waits for the lock, and gives it back whatever becomes of the work', async () => {
      const log: string[] = [];
      const answers = [{ found: '' }, { found: '' }, leaseOf({ release: async () => (log.push('released'), false) })];
      const mutex = new KeyedMutex({
        take: async (name) => {
          log.push(`asked for ${name}`);
          return answers.shift() ?? { found: '' };
        },
      });
      const work = mutex.run('a', PLAIN, async () => {
        log.push('work');
        throw new Error('mine');
      });
      await expect(work).rejects.toThrow('mine');
      expect(log).toEqual([...Array<string>(3).fill('asked for lock:a'), 'work', 'released']);
    });

    it('is a conflict when the lock does not come in time', async () => {
      const mutex = new KeyedMutex({ take: async () => ({ found: '' }) }, 20);
      await expect(mutex.run('a', PLAIN, async () => 'never')).rejects.toMatchObject({ status: 409, code: 'conflict' });
    });

    it('begins anew when the lock was lost before the writing, and is a conflict when that goes on', async () => {
      let lost = 2;
      const mutex = new KeyedMutex({ take: async () => leaseOf({ isHeld: async () => lost-- <= 0 }) });
      let tries = 0;
      const work = async ({ confirm }: Lock) => {
        tries += 1;
        await confirm();
        return tries;
      };
      expect(await mutex.run('a', CONDITIONAL, work)).toBe(3);
      lost = 3;
      await expect(mutex.run('a', CONDITIONAL, work)).rejects.toMatchObject({ status: 409 });
      expect(tries).toBe(6);
    });

    it('lets the other replicas have their turn when they want one', async () => {
      const leases = sharedLeases();
      const [here, there] = [new KeyedMutex(leases), new KeyedMutex(leases)];
      const log: string[] = [];
      const first = deferred<void>();
      const ours = [
        here.run('a', PLAIN, async () => (log.push('here'), first.promise)),
        here.run('a', PLAIN, async () => void log.push('here again')),
      ];
      await until('the lock to be taken', () => log.length === 1);
      const theirs = there.run('a', PLAIN, async () => void log.push('there'));
      await nextRound();
      first.resolve();
      await Promise.all([...ours, theirs]);
      expect(log).toEqual(['here', 'there', 'here again']);
    });
  });

  describe('while Redis is away', () => {
    const away = () => Promise.reject(new RedisUnavailable('away'));

    it('is that of this process for work that hangs on nothing read', async () => {
      const mutex = new KeyedMutex({ take: away });
      const log: number[] = [];
      const both = [1, 2].map((number) =>
        mutex.run('a', PLAIN, async ({ confirm }) => {
          await confirm();
          await nextRound();
          log.push(number);
        }),
      );
      await Promise.all(both);
      expect(log).toEqual([1, 2]);
    });

    it('does no work that hangs on what is read', async () => {
      const mutex = new KeyedMutex({ take: away });
      const log: string[] = [];
      await expect(mutex.run('a', CONDITIONAL, async () => log.push('work'))).rejects.toThrow(RedisUnavailable);
      expect(log).toEqual([]);
    });

    it('stops such work before it writes, and gives the lock back', async () => {
      const log: string[] = [];
      const lease = leaseOf({ isHeld: away, release: async () => (log.push('released'), false) });
      const mutex = new KeyedMutex({ take: async () => lease });
      const work = mutex.run('a', CONDITIONAL, async ({ confirm }) => {
        log.push('read');
        await confirm();
        log.push('written');
      });
      await expect(work).rejects.toThrow(RedisUnavailable);
      expect(log).toEqual(['read', 'released']);
    });

    it('hands on what is no outage', async () => {
      const mutex = new KeyedMutex({ take: () => Promise.reject(new TypeError('a bug')) });
      await expect(mutex.run('a', PLAIN, async () => 'never')).rejects.toThrow(TypeError);
    });
  });
});
