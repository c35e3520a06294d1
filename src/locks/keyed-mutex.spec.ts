import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import fc from 'fast-check';
import { deferred } from '../../test/support/far-end.js';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import type { Lease } from '../redis/lease.js';
import { RedisUnavailable } from '../core/faults.js';
import { KeyedMutex, type Lock } from './keyed-mutex.js';

const leaseOf = (more: Partial<Lease> = {}): Lease => ({
  isHeld: async () => true,
  release: async () => false,
  replace: async () => undefined,
  ...more,
});

const PLAIN = { isConditional: false };
const CONDITIONAL = { isConditional: true };

/** Leases with one holder at a time, whose release tells whether somebody waits. */
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
  it('resolves each run with the result of its own work', async () => {
    const mutex = new KeyedMutex(undefined);
    const results = await Promise.all([1, 2, 3].map((number) => mutex.run('a', PLAIN, async () => number * 10)));
    expect(results).toEqual([10, 20, 30]);
  });

  it('starts work only when the work before has ended', async () => {
    const mutex = new KeyedMutex(undefined);
    const first = deferred<string>();
    const log: string[] = [];
    const one = mutex.run('a', PLAIN, () => (log.push('one starts'), first.promise));
    const two = mutex.run('a', PLAIN, async () => (log.push('two starts'), 'two'));
    await nextRound();
    expect(log).toEqual(['one starts']);
    first.resolve('one');
    expect(await Promise.all([one, two])).toEqual(['one', 'two']);
    expect(log).toEqual(['one starts', 'two starts']);
  });

  it('does not make work wait for that of another key', async () => {
    const mutex = new KeyedMutex(undefined);
    const stuck = deferred<void>();
    const waiting = mutex.run('a', PLAIN, () => stuck.promise);
    expect(await mutex.run('b', PLAIN, async () => 'done')).toBe('done');
    stuck.resolve();
    await waiting;
  });

  it('rejects only the run whose work failed', async () => {
    const mutex = new KeyedMutex(undefined);
    const failing = mutex.run('a', PLAIN, () => Promise.reject(new Error('mine')));
    const next = mutex.run('a', PLAIN, async () => 'fine');
    await expect(failing).rejects.toThrow('mine');
    expect(await next).toBe('fine');
    expect(await mutex.run('a', PLAIN, async () => 'still fine')).toBe('still fine');
  });

  it('rejects when work throws synchronously', async () => {
    const mutex = new KeyedMutex(undefined);
    const failing = mutex.run('a', PLAIN, () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
  });

  it('loses no update, whatever the scheduling', async () => {
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

  it('rejects work that waits too long with a conflict, and continues with the next', async () => {
    const clock = new ManualClock();
    const mutex = new KeyedMutex(undefined, clock);
    const stuck = deferred<string>();
    const first = mutex.run('a', PLAIN, () => stuck.promise);
    const log: unknown[] = [];
    const second = mutex.run('a', PLAIN, async () => log.push('done')).catch((error: unknown) => log.push(error));
    await clock.advance(9999);
    expect(log).toEqual([]);
    await clock.advance(1);
    await second;
    expect(log.splice(0)).toMatchObject([
      { status: 409, code: 'conflict', options: { headers: { 'Retry-After': '1' } } },
    ]);
    stuck.resolve('late but mine');
    expect(await first).toBe('late but mine');
    expect(await mutex.run('a', PLAIN, async () => 'next')).toBe('next');
    expect(log).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('does not limit work once it has started', async () => {
    const clock = new ManualClock();
    const long = deferred<string>();
    const work = new KeyedMutex(undefined, clock).run('a', PLAIN, () => long.promise);
    await clock.advance(60_000);
    long.resolve('at last');
    expect(await work).toBe('at last');
  });

  describe('among replicas', () => {
    it('waits for the lock, and releases it even if the work fails', async () => {
      const clock = new ManualClock();
      const log: string[] = [];
      const answers = [{ found: '' }, { found: '' }, leaseOf({ release: async () => (log.push('released'), false) })];
      const take = async (name: string) => {
        log.push(`${clock.now()} ms: requested ${name}`);
        return answers.shift() ?? { found: '' };
      };
      const mutex = new KeyedMutex({ take }, clock, () => 0.5);
      const work = mutex.run('a', PLAIN, async () => {
        log.push('work');
        throw new Error('mine');
      });
      work.catch(() => undefined);
      await clock.advance(20);
      await expect(work).rejects.toThrow('mine');
      const requests = ['0 ms: requested lock:a', '10 ms: requested lock:a', '20 ms: requested lock:a'];
      expect(log).toEqual([...requests, 'work', 'released']);
    });

    it('rejects with a conflict when the lock is not released in time', async () => {
      const clock = new ManualClock();
      const mutex = new KeyedMutex({ take: async () => ({ found: '' }) }, clock, () => 0.5);
      const outcome = mutex.run('a', PLAIN, async () => 'never').catch((error: unknown) => error);
      await clock.advance(10_000);
      expect(clock.waiting).toBe(1);
      await clock.advance(10);
      expect(await outcome).toMatchObject({ status: 409, code: 'conflict' });
      expect(clock.waiting).toBe(0);
    });

    it('restarts work that lost the lock before it wrote, and rejects with a conflict when it keeps losing it', async () => {
      let lost = 2;
      const mutex = new KeyedMutex({ take: async () => leaseOf({ isHeld: async () => lost-- <= 0 }) });
      let attempts = 0;
      const work = async ({ confirm }: Lock) => {
        attempts += 1;
        await confirm();
        return attempts;
      };
      expect(await mutex.run('a', CONDITIONAL, work)).toBe(3);
      lost = 3;
      await expect(mutex.run('a', CONDITIONAL, work)).rejects.toMatchObject({ status: 409 });
      expect(attempts).toBe(6);
    });

    it('yields to other replicas that wait for the lock', async () => {
      const leases = sharedLeases();
      const clock = new ManualClock();
      // The other replica polls as rarely as it may.
      const [here, there] = [new KeyedMutex(leases, clock), new KeyedMutex(leases, clock, () => 0.999)];
      const log: string[] = [];
      const first = deferred<void>();
      const ours = [
        here.run('a', PLAIN, async () => (log.push('here'), first.promise)),
        here.run('a', PLAIN, async () => void log.push('here again')),
      ];
      await settle();
      const theirs = there.run('a', PLAIN, async () => void log.push('there'));
      await settle();
      first.resolve();
      await clock.advance(20);
      await Promise.all([...ours, theirs]);
      expect(log).toEqual(['here', 'there', 'here again']);
    });
  });

  describe('while Redis is down', () => {
    const down = () => Promise.reject(new RedisUnavailable('down'));

    it('serializes unconditional work in this process', async () => {
      const mutex = new KeyedMutex({ take: down });
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

    it('does not start conditional work', async () => {
      const mutex = new KeyedMutex({ take: down });
      const log: string[] = [];
      await expect(mutex.run('a', CONDITIONAL, async () => log.push('work'))).rejects.toThrow(RedisUnavailable);
      expect(log).toEqual([]);
    });

    it('stops conditional work before it writes, and releases the lock', async () => {
      const log: string[] = [];
      const lease = leaseOf({ isHeld: down, release: async () => (log.push('released'), false) });
      const mutex = new KeyedMutex({ take: async () => lease });
      const work = mutex.run('a', CONDITIONAL, async ({ confirm }) => {
        log.push('read');
        await confirm();
        log.push('written');
      });
      await expect(work).rejects.toThrow(RedisUnavailable);
      expect(log).toEqual(['read', 'released']);
    });

    it('passes on other errors', async () => {
      const mutex = new KeyedMutex({ take: () => Promise.reject(new TypeError('a bug')) });
      await expect(mutex.run('a', PLAIN, async () => 'never')).rejects.toThrow(TypeError);
    });
  });
});
