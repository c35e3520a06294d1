import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { contextOf } from '../../test/support/request-context.js';
import { withRequestContext } from '../context/request-context.js';
import { RedisRefused, RedisUnavailable } from '../redis/shared-redis.js';
import type { Clock } from '../upstream/clock.js';
import type { LogRecord, Position } from './log-record.js';
import { isAfter } from './log-record.js';
import { WriteLog, type WriteLogOptions } from './write-log.js';

type Shared = NonNullable<WriteLogOptions['log']>;

/** What Redis would hold, and what it would do with it. */
class FakeRedis {
  records: (readonly [Position, LogRecord])[] = [];
  history = 'first';
  failure: Error | undefined;
  isAway = false;
  losses = 0;
  readonly calls: string[] = [];
  #ms = 0;
  readonly #onBack: (() => void)[] = [];

  look(from: Position, count: number) {
    this.calls.push('look');
    const at = this.records.findIndex(([position]) => position === from || isAfter(position, from));
    const records = at < 0 ? [] : this.records.slice(at, at + count);
    return { now: this.#ms, history: this.history, records };
  }

  append(record: LogRecord): Position {
    this.calls.push(record.type);
    const position = `${(this.#ms += 1)}-0`;
    this.records.push([position, record]);
    return position;
  }

  come(): void {
    for (const listener of this.#onBack) listener();
  }

  /** How one replica reaches it. `way` says how long a message takes there, and its answer back. */
  seenBy(travel: () => Promise<void> = async () => undefined): Shared {
    const ask = async <T>(work: () => T): Promise<T> => {
      await travel();
      if (this.failure) throw this.failure;
      const answer = work();
      await travel();
      return answer;
    };
    const isAway = (): boolean => this.isAway;
    return {
      look: (from, count) => ask(() => this.look(from, count)),
      append: (record) => ask(() => this.append(record)),
      redis: {
        get isAway() {
          return isAway();
        },
        reportLoss: () => (this.losses += 1),
        onBack: (listener) => void this.#onBack.push(listener),
      },
    };
  }
}

const left = () => false;
const done = async () => 'done';

describe('the write log of one replica among others', () => {
  let redis: FakeRedis;
  let clock: ManualClock;
  let here: WriteLog;
  let there: WriteLog;

  const openFor = (more: Partial<WriteLogOptions> = {}): WriteLog =>
    new WriteLog({ log: redis.seenBy(), windowMs: 10, longestWriteMs: 1000, refuses: false, clock, ...more });

  beforeEach(async () => {
    redis = new FakeRedis();
    clock = new ManualClock();
    here = openFor();
    there = openFor();
    await here.catchUp();
    await there.catchUp();
    redis.calls.length = 0;
  });

  const endOf = (tags: readonly string[]): LogRecord => ({ type: 'end', write: 'w', tags, forMs: 0 });

  it('tells before and after it what is written, and is told the place of it', async () => {
    const during: boolean[] = [];
    const { position } = await here.write(
      ['a'],
      async () => {
        await clock.advance(10);
        await there.catchUp();
        during.push(there.versions.isBeingWritten(['a']));
      },
      left,
    );
    expect(during).toEqual([true]);
    expect(redis.records.at(-1)?.[0]).toBe(position);
    expect(redis.records.slice(-2).map(([, { type, tags }]) => [type, tags])).toEqual([
      ['begin', ['a']],
      ['end', ['a']],
    ]);
  });

  it('is not sent before Redis has taken its begin', async () => {
    const order: string[] = [];
    redis.calls.push = (...calls) => order.push(...calls);
    await here.write(['a'], async () => order.push('sent'), left);
    expect(order).toEqual(['begin', 'sent', 'end']);
  });

  it('takes back the begin of a write that never left, and nothing becomes untrue', async () => {
    const asOf = there.versions.asOf(['a']);
    const refused = new Error('the circuit is open');
    await expect(
      here.write(
        ['a'],
        () => Promise.reject(refused),
        () => true,
      ),
    ).rejects.toBe(refused);
    await clock.advance(10);
    await there.catchUp();
    expect(there.versions.isTrue(['a'], asOf)).toBe(true);
    expect(here.versions.isBeingWritten(['a'])).toBe(false);
    await expect(here.write(['a'], () => Promise.reject(refused), left)).rejects.toBe(refused);
    await clock.advance(10);
    await there.catchUp();
    expect(there.versions.isTrue(['a'], asOf)).toBe(false);
  });

  describe('looks', () => {
    it('once for all who come while it is on its way, and not again while it counts', async () => {
      await clock.advance(20);
      await Promise.all(Array.from({ length: 50 }, () => here.catchUp()));
      expect(redis.calls).toEqual(['look']);
      await clock.advance(4);
      expect(here.isSynced()).toBe(true);
      expect(redis.calls).toEqual(['look']);
    });

    it('in the background before its time is over, so that nobody waits under load', async () => {
      await clock.advance(20);
      await here.catchUp();
      for (let ms = 0; ms < 100; ms += 1) {
        await clock.advance(1);
        expect(here.isSynced()).toBe(true);
      }
      expect(redis.calls.length).toBeGreaterThan(10);
      expect(redis.calls.length).toBeLessThan(30);
    });

    it('not at all while nobody reads', async () => {
      await clock.advance(60_000);
      expect(redis.calls).toEqual([]);
    });

    it('for each batch of reads where the window is 0, and its writes wait for nothing', async () => {
      const strict = openFor({ windowMs: 0 });
      expect((await strict.catchUp()).state).toBe('synced');
      expect(strict.isSynced()).toBe(false);
      const context = contextOf();
      await withRequestContext(context, () => strict.invalidate(['a']));
      expect(context.visibleAt).toBe(clock.now());
    });
  });

  describe('has nothing remembered count', () => {
    const lose: readonly (readonly [string, () => void])[] = [
      ['is empty', () => (redis.records = [])],
      ['has lost its end', () => redis.records.pop()],
      ['was trimmed beyond what was read', () => (redis.records = [[`900-0`, endOf(['z'])]])],
      ['has the data of another life', () => (redis.history = 'second')],
    ];
    it.each(lose)('when the log %s', async (_what, harm) => {
      await here.write(['b'], done, left);
      await clock.advance(20);
      await there.catchUp();
      const asOf = there.versions.asOf(['a']);
      harm();
      await clock.advance(20);
      expect((await there.catchUp()).state).toBe('synced');
      expect(there.versions.isTrue(['a'], asOf)).toBe(false);
      expect(redis.losses).toBe(1);
      // And it goes on from there.
      const later = there.versions.asOf(['a']);
      await here.write(['a'], done, left);
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isTrue(['a'], later)).toBe(false);
      expect(redis.losses).toBe(1);
    });

    it('tells the others when an end was lost, for they may not have read so far', async () => {
      const third = openFor();
      await third.catchUp();
      const asOf = third.versions.asOf(['a']);
      await here.write(['a'], done, left);
      await clock.advance(20);
      await there.catchUp();
      redis.records.splice(-2);
      await clock.advance(20);
      await there.catchUp();
      await third.catchUp();
      expect(third.versions.isTrue(['a'], asOf)).toBe(false);
    });

    it('but everything when the connection was only replaced', async () => {
      const asOf = there.versions.asOf(['a']);
      redis.come();
      await settle();
      expect(there.versions.isTrue(['a'], asOf)).toBe(true);
    });
  });

  it('reads a long log to its end, page by page', async () => {
    for (let n = 0; n < 12_000; n += 1) redis.append(endOf([`tag:${n}`]));
    const late = openFor();
    await late.catchUp();
    expect(late.versions.position).toBe(redis.records.at(-1)?.[0]);
    expect(redis.calls.filter((call) => call === 'look').length).toBe(3);
  });

  describe('while Redis does not answer', () => {
    beforeEach(async () => {
      await clock.advance(20);
      redis.failure = new RedisUnavailable('hangs');
    });

    it('knows nothing, and lets those share who waited for the same look', async () => {
      const [one, other] = await Promise.all([here.catchUp(), here.catchUp()]);
      expect(one).toMatchObject({ state: 'unknown' });
      expect(other).toEqual(one);
      expect(await here.catchUp()).not.toEqual(one);
    });

    it('is alone once Redis is away, or refuses to tell', async () => {
      redis.isAway = true;
      expect((await here.catchUp()).state).toBe('alone');
      redis.isAway = false;
      redis.failure = new RedisRefused('NOPERM');
      expect((await here.catchUp()).state).toBe('alone');
      redis.failure = undefined;
      await clock.advance(200);
      await here.catchUp();
      await settle();
      expect((await here.catchUp()).state).toBe('synced');
    });

    it('goes on with a write and owes it, which is told first when Redis is back', async () => {
      const asOf = there.versions.asOf(['a']);
      const { position } = await here.write(['a'], done, left);
      expect(position).toMatch(/^\d+-\d+$/);
      expect(here.owed).toBe(1);
      expect(here.versions.isTrue(['a'], asOf)).toBe(false);
      redis.failure = undefined;
      redis.calls.length = 0;
      redis.come();
      await settle();
      expect(redis.calls[0]).toBe('end');
      expect(here.owed).toBe(0);
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isTrue(['a'], asOf)).toBe(false);
    });

    it('owes everything rather than very much', async () => {
      for (let n = 0; n < 1001; n += 1) await here.invalidate([`tag:${n}`]);
      expect(here.owed).toBe(1);
      redis.failure = undefined;
      redis.come();
      await settle();
      expect(redis.records.at(-1)?.[1].tags).toEqual(['*']);
    });

    it('ends with what it owes the writes that others know to have begun', async () => {
      redis.failure = undefined;
      const write = here.write(['a'], async () => (redis.failure = new RedisUnavailable('hangs')), left);
      await write;
      redis.failure = undefined;
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isBeingWritten(['a'])).toBe(true);
      redis.come();
      await settle();
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isBeingWritten(['a'])).toBe(false);
    });

    it('refuses a write before it is sent where it is told to', async () => {
      const strict = openFor({ refuses: true });
      let sent = 0;
      const write = strict.write(['a'], async () => (sent += 1), left);
      await expect(write).rejects.toThrow(RedisUnavailable);
      expect(sent).toBe(0);
      expect(strict.versions.isBeingWritten(['a'])).toBe(false);
    });
  });

  it('alone from the start waits for nobody', async () => {
    const only = new WriteLog({ log: undefined, windowMs: 10, longestWriteMs: 1000, refuses: true, clock });
    const asOf = only.versions.asOf(['a']);
    const context = contextOf();
    const places = [];
    for (let n = 0; n < 3; n += 1) {
      const { position } = await withRequestContext(context, () => only.write(['a'], done, left));
      places.push(position);
    }
    expect(only.isSynced()).toBe(true);
    expect(context.visibleAt).toBeUndefined();
    expect(only.versions.isTrue(['a'], asOf)).toBe(false);
    expect(isAfter(places[1] ?? '', places[0] ?? '') && isAfter(places[2] ?? '', places[1] ?? '')).toBe(true);
  });
});

interface Step {
  readonly kind: 'write' | 'stop';
  readonly on: number;
  readonly at: number;
  readonly forMs: number;
}

describe('the window', () => {
  const WINDOW_MS = 10;
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('write' as const, 'write' as const, 'stop' as const),
    on: fc.nat({ max: 2 }),
    at: fc.nat({ max: 200 }),
    forMs: fc.nat({ max: 60 }),
  });
  /** Replicas' clocks go differently, by less than a tenth. */
  const rates = fc.array(fc.double({ min: 0.96, max: 1.05, noNaN: true }), { minLength: 3, maxLength: 3 });
  /** Messages mostly travel quickly. */
  const travelMs = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 2 }) },
    { weight: 1, arbitrary: fc.nat({ max: 25 }) },
  );
  const delays = fc.array(travelMs, { minLength: 1, maxLength: 40 });

  /** Plays the steps; gives back reads that missed a write which was answered before they came. */
  async function play(steps: readonly Step[], rateOf: readonly number[], ways: readonly number[]): Promise<string[]> {
    const time = new ManualClock();
    const redis = new FakeRedis();
    const stoppedUntil = [0, 0, 0];
    let messages = 0;
    const after = (ms: number): Promise<void> => new Promise((resolve) => time.after(ms, resolve));
    /** A message, or an answer, that reaches a process which is stopped waits until it goes on. */
    const reach = async (process: number): Promise<void> => {
      for (;;) {
        const waitMs = (stoppedUntil[process] ?? 0) - time.now();
        if (waitMs <= 0) return;
        await after(waitMs);
      }
    };
    const logs = rateOf.map((rate, process) => {
      const clock: Clock = { now: () => time.now() * rate, after: (ms, action) => time.after(ms / rate, action) };
      const travel = async (): Promise<void> => {
        await after(ways[(messages += 1) % ways.length] ?? 0);
        await reach(process);
      };
      return new WriteLog({
        log: redis.seenBy(travel),
        windowMs: WINDOW_MS,
        longestWriteMs: 1e6,
        refuses: false,
        clock,
      });
    });
    const answered: { readonly position: Position; readonly at: number }[] = [];
    const missed: string[] = [];
    const read = async (on: number): Promise<void> => {
      const log = logs[on] as WriteLog;
      const cameAt = time.now();
      await reach(on);
      if (!log.isSynced()) await log.catchUp();
      for (const write of answered)
        if (write.at < cameAt && isAfter(write.position, log.versions.position))
          missed.push(`a read on ${on} that came at ${cameAt} missed the write answered at ${write.at}`);
    };
    const run = async ({ kind, on, at, forMs }: Step): Promise<void> => {
      const log = logs[on] as WriteLog;
      await after(at);
      if (kind === 'stop') stoppedUntil[on] = time.now() + forMs;
      else {
        await reach(on);
        await withRequestContext(contextOf(), async () => {
          const { position } = await log.write(['a'], () => after(forMs), left);
          await log.untilVisible();
          await reach(on);
          answered.push({ position, at: time.now() });
        });
        // Whoever hears of it looks at once, on every replica.
        await after(0.1);
        await Promise.all([0, 1, 2].map(read));
      }
    };
    // Others read all the time, so that looks are there that might count.
    for (let at = 0; at < 300; at += 2) for (const on of [0, 1, 2]) time.after(at, () => void read(on));
    const all = Promise.all(steps.map(run));
    await time.advance(2000);
    await all;
    return missed;
  }

  it('has no look count that was sent before the end of a write that was answered, whatever lies between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), rates, delays, async (steps, rateOf, ways) => {
        expect(await play(steps, rateOf, ways)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
