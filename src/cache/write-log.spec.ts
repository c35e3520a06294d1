import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { contextOf } from '../../test/support/request-context.js';
import { withRequestContext } from '../core/request-context.js';
import { RedisRefused, RedisUnavailable } from '../core/faults.js';
import type { Clock } from '../core/clock.js';
import { isAfter, type Position } from '../core/position.js';
import type { LogRecord } from './log-record.js';
import { WriteLog, type WriteLogOptions } from './write-log.js';

type Shared = NonNullable<WriteLogOptions['log']>;

class FakeRedis {
  records: (readonly [Position, LogRecord])[] = [];
  replicationId = 'first';
  failure: Error | undefined;
  isDown = false;
  losses = 0;
  readonly calls: string[] = [];
  #ms = 0;
  readonly #onAvailable: (() => void)[] = [];

  readFrom(from: Position, count: number) {
    this.calls.push('poll');
    const at = this.records.findIndex(([position]) => position === from || isAfter(position, from));
    const records = at < 0 ? [] : this.records.slice(at, at + count);
    return { now: this.#ms, replicationId: this.replicationId, records };
  }

  append(record: LogRecord): Position {
    this.calls.push(record.type);
    const position = `${(this.#ms += 1)}-0`;
    this.records.push([position, record]);
    return position;
  }

  becomeAvailable(): void {
    for (const listener of this.#onAvailable) listener();
  }

  /** The view of one replica. `travel` delays each command, and then its reply. */
  seenBy(travel: () => Promise<void> = async () => undefined): Shared {
    const ask = async <T>(work: () => T): Promise<T> => {
      await travel();
      if (this.failure) throw this.failure;
      const answer = work();
      await travel();
      return answer;
    };
    const isDown = (): boolean => this.isDown;
    return {
      readFrom: (from, count) => ask(() => this.readFrom(from, count)),
      append: (record) => ask(() => this.append(record)),
      redis: {
        get isDown() {
          return isDown();
        },
        reportDataLoss: () => (this.losses += 1),
        onAvailable: (listener) => void this.#onAvailable.push(listener),
      },
    };
  }
}

const mayHaveBeenSent = () => false;
const done = async () => 'done';

describe('the write log of one replica among others', () => {
  let redis: FakeRedis;
  let clock: ManualClock;
  let here: WriteLog;
  let there: WriteLog;

  const openFor = (more: Partial<WriteLogOptions> = {}): WriteLog =>
    new WriteLog({ log: redis.seenBy(), windowMs: 10, maxWriteMs: 1000, refusesAlone: false, clock, ...more });

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

  it('announces a write before and after it is sent, and returns its position', async () => {
    const during: boolean[] = [];
    const { position } = await here.write(
      ['a'],
      async () => {
        await clock.advance(10);
        await there.catchUp();
        during.push(there.versions.isBeingWritten(['a']));
      },
      mayHaveBeenSent,
    );
    expect(during).toEqual([true]);
    expect(redis.records.at(-1)?.[0]).toBe(position);
    expect(redis.records.slice(-2).map(([, { type, tags }]) => [type, tags])).toEqual([
      ['begin', ['a']],
      ['end', ['a']],
    ]);
  });

  it('does not send a write before Redis has confirmed its begin', async () => {
    const order: string[] = [];
    redis.calls.push = (...calls) => order.push(...calls);
    await here.write(['a'], async () => order.push('sent'), mayHaveBeenSent);
    expect(order).toEqual(['begin', 'sent', 'end']);
  });

  it('cancels a write that was never sent, which invalidates nothing', async () => {
    const asOf = there.versions.asOf(['a']);
    const error = new Error('the circuit is open');
    await expect(
      here.write(
        ['a'],
        () => Promise.reject(error),
        () => true,
      ),
    ).rejects.toBe(error);
    await clock.advance(10);
    await there.catchUp();
    expect(there.versions.isValid(['a'], asOf)).toBe(true);
    expect(here.versions.isBeingWritten(['a'])).toBe(false);
    await expect(here.write(['a'], () => Promise.reject(error), mayHaveBeenSent)).rejects.toBe(error);
    await clock.advance(10);
    await there.catchUp();
    expect(there.versions.isValid(['a'], asOf)).toBe(false);
  });

  describe('polls', () => {
    it('once for all reads that arrive meanwhile, and not again while the poll is valid', async () => {
      await clock.advance(20);
      await Promise.all(Array.from({ length: 50 }, () => here.catchUp()));
      expect(redis.calls).toEqual(['poll']);
      await clock.advance(4);
      expect(here.isSynced()).toBe(true);
      expect(redis.calls).toEqual(['poll']);
    });

    it('in the background before the last poll expires, so that no read waits under load', async () => {
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

    it('for each batch of reads when the window is 0, and writes do not wait', async () => {
      const strict = openFor({ windowMs: 0 });
      expect((await strict.catchUp()).state).toBe('synced');
      expect(strict.isSynced()).toBe(false);
      const context = contextOf();
      await withRequestContext(context, () => strict.invalidate(['a']));
      expect(context.visibleAt).toBe(clock.now());
    });
  });

  describe('invalidates everything', () => {
    const losses: readonly (readonly [string, () => void])[] = [
      ['is empty', () => (redis.records = [])],
      ['has lost its tail', () => redis.records.pop()],
      ['was trimmed beyond what was read', () => (redis.records = [[`900-0`, endOf(['z'])]])],
      ['has another replication id', () => (redis.replicationId = 'second')],
    ];
    it.each(losses)('when the log %s', async (_what, lose) => {
      await here.write(['b'], done, mayHaveBeenSent);
      await clock.advance(20);
      await there.catchUp();
      const asOf = there.versions.asOf(['a']);
      lose();
      await clock.advance(20);
      expect((await there.catchUp()).state).toBe('synced');
      expect(there.versions.isValid(['a'], asOf)).toBe(false);
      expect(redis.losses).toBe(1);
      // Afterwards it continues as usual.
      const later = there.versions.asOf(['a']);
      await here.write(['a'], done, mayHaveBeenSent);
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isValid(['a'], later)).toBe(false);
      expect(redis.losses).toBe(1);
    });

    it('on the other replicas as well when the tail was lost, because they may not have read that far', async () => {
      const third = openFor();
      await third.catchUp();
      const asOf = third.versions.asOf(['a']);
      await here.write(['a'], done, mayHaveBeenSent);
      await clock.advance(20);
      await there.catchUp();
      redis.records.splice(-2);
      await clock.advance(20);
      await there.catchUp();
      await third.catchUp();
      expect(third.versions.isValid(['a'], asOf)).toBe(false);
    });

    it('but not when only the connection was replaced', async () => {
      const asOf = there.versions.asOf(['a']);
      redis.becomeAvailable();
      await settle();
      expect(there.versions.isValid(['a'], asOf)).toBe(true);
    });
  });

  it('reads a long log to its end, page by page', async () => {
    for (let n = 0; n < 12_000; n += 1) redis.append(endOf([`tag:${n}`]));
    const late = openFor();
    await late.catchUp();
    expect(late.versions.position).toBe(redis.records.at(-1)?.[0]);
    expect(redis.calls.filter((call) => call === 'poll').length).toBe(3);
  });

  describe('while Redis does not answer', () => {
    beforeEach(async () => {
      await clock.advance(20);
      redis.failure = new RedisUnavailable('hangs');
    });

    it('is unknown, and identifies the poll that a read waited for', async () => {
      const [one, other] = await Promise.all([here.catchUp(), here.catchUp()]);
      expect(one).toMatchObject({ state: 'unknown' });
      expect(other).toEqual(one);
      expect(await here.catchUp()).not.toEqual(one);
    });

    it('is alone once Redis is down, or refuses the poll', async () => {
      redis.isDown = true;
      expect((await here.catchUp()).state).toBe('alone');
      redis.isDown = false;
      redis.failure = new RedisRefused('NOPERM');
      expect((await here.catchUp()).state).toBe('alone');
      redis.failure = undefined;
      await clock.advance(200);
      await here.catchUp();
      await settle();
      expect((await here.catchUp()).state).toBe('synced');
    });

    it('sends a write and keeps its record pending, which is appended first when Redis is available', async () => {
      const asOf = there.versions.asOf(['a']);
      const { position } = await here.write(['a'], done, mayHaveBeenSent);
      expect(position).toMatch(/^\d+-\d+$/);
      expect(here.pending).toBe(1);
      expect(here.versions.isValid(['a'], asOf)).toBe(false);
      redis.failure = undefined;
      redis.calls.length = 0;
      redis.becomeAvailable();
      await settle();
      expect(redis.calls[0]).toBe('end');
      expect(here.pending).toBe(0);
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isValid(['a'], asOf)).toBe(false);
    });

    it('replaces very many pending records by one that invalidates everything', async () => {
      for (let n = 0; n < 1001; n += 1) await here.invalidate([`tag:${n}`]);
      expect(here.pending).toBe(1);
      redis.failure = undefined;
      redis.becomeAvailable();
      await settle();
      expect(redis.records.at(-1)?.[1].tags).toEqual(['*']);
    });

    it('ends announced writes by its pending record', async () => {
      redis.failure = undefined;
      const write = here.write(['a'], async () => (redis.failure = new RedisUnavailable('hangs')), mayHaveBeenSent);
      await write;
      redis.failure = undefined;
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isBeingWritten(['a'])).toBe(true);
      redis.becomeAvailable();
      await settle();
      await clock.advance(20);
      await there.catchUp();
      expect(there.versions.isBeingWritten(['a'])).toBe(false);
    });

    it('refuses a write before it is sent if it is configured to', async () => {
      const strict = openFor({ refusesAlone: true });
      let sent = 0;
      const write = strict.write(['a'], async () => (sent += 1), mayHaveBeenSent);
      await expect(write).rejects.toThrow(RedisUnavailable);
      expect(sent).toBe(0);
      expect(strict.versions.isBeingWritten(['a'])).toBe(false);
    });
  });

  it('without Redis waits for nothing', async () => {
    const only = new WriteLog({ log: undefined, windowMs: 10, maxWriteMs: 1000, refusesAlone: true, clock });
    const asOf = only.versions.asOf(['a']);
    const context = contextOf();
    const positions = [];
    for (let n = 0; n < 3; n += 1) {
      const { position } = await withRequestContext(context, () => only.write(['a'], done, mayHaveBeenSent));
      positions.push(position);
    }
    expect(only.isSynced()).toBe(true);
    expect(context.visibleAt).toBeUndefined();
    expect(only.versions.isValid(['a'], asOf)).toBe(false);
    const [first = '', second = '', third = ''] = positions;
    expect(isAfter(second, first) && isAfter(third, second)).toBe(true);
  });
});

interface Step {
  readonly kind: 'write' | 'stop';
  readonly on: number;
  readonly at: number;
  readonly forMs: number;
}

describe('the coherence window', () => {
  const WINDOW_MS = 10;
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('write' as const, 'write' as const, 'stop' as const),
    on: fc.nat({ max: 2 }),
    at: fc.nat({ max: 200 }),
    forMs: fc.nat({ max: 60 }),
  });
  /** The clock rates of replicas differ by less than a tenth. */
  const rates = fc.array(fc.double({ min: 0.96, max: 1.05, noNaN: true }), { minLength: 3, maxLength: 3 });
  /** Most messages are fast. */
  const travelMs = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 2 }) },
    { weight: 1, arbitrary: fc.nat({ max: 25 }) },
  );
  const delays = fc.array(travelMs, { minLength: 1, maxLength: 40 });

  /** Simulates the steps. Returns the reads that missed a write which was answered before they arrived. */
  async function play(steps: readonly Step[], rateOf: readonly number[], delays: readonly number[]): Promise<string[]> {
    const time = new ManualClock();
    const redis = new FakeRedis();
    const stoppedUntil = [0, 0, 0];
    let messages = 0;
    const after = (ms: number): Promise<void> => new Promise((resolve) => time.after(ms, resolve));
    /** A message to a stopped process waits until the process continues. */
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
        await after(delays[(messages += 1) % delays.length] ?? 0);
        await reach(process);
      };
      return new WriteLog({
        log: redis.seenBy(travel),
        windowMs: WINDOW_MS,
        maxWriteMs: 1e6,
        refusesAlone: false,
        clock,
      });
    });
    const answered: { readonly position: Position; readonly at: number }[] = [];
    const missed: string[] = [];
    const read = async (on: number): Promise<void> => {
      const log = logs[on] as WriteLog;
      const arrivedAt = time.now();
      await reach(on);
      if (!log.isSynced()) await log.catchUp();
      for (const write of answered)
        if (write.at < arrivedAt && isAfter(write.position, log.versions.position))
          missed.push(`a read on ${on} that arrived at ${arrivedAt} missed the write answered at ${write.at}`);
    };
    const run = async ({ kind, on, at, forMs }: Step): Promise<void> => {
      const log = logs[on] as WriteLog;
      await after(at);
      if (kind === 'stop') stoppedUntil[on] = time.now() + forMs;
      else {
        await reach(on);
        await withRequestContext(contextOf(), async () => {
          const { position } = await log.write(['a'], () => after(forMs), mayHaveBeenSent);
          await log.untilVisible();
          await reach(on);
          answered.push({ position, at: time.now() });
        });
        // Reads on every replica right after the write was answered.
        await after(0.1);
        await Promise.all([0, 1, 2].map(read));
      }
    };
    // Constant reads, so that there are polls which might be taken as valid.
    for (let at = 0; at < 300; at += 2) for (const on of [0, 1, 2]) time.after(at, () => void read(on));
    const all = Promise.all(steps.map(run));
    await time.advance(2000);
    await all;
    return missed;
  }

  it('lets no read miss a write that was answered before, whatever is delayed or stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), rates, delays, async (steps, rateOf, each) => {
        expect(await play(steps, rateOf, each)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
