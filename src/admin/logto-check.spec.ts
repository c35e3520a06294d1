import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../test/support/far-end.js';
import { UpstreamFault, type UpstreamFaultCode } from '../core/faults.js';
import { LogtoCheck } from './logto-check.js';

describe('the Logto check', () => {
  let clock: number;
  let calls: number;
  let failure: UpstreamFaultCode | undefined;
  let changes: (string | undefined)[];
  let check: LogtoCheck;

  beforeEach(() => {
    [clock, calls, failure, changes] = [0, 0, undefined, []];
    check = new LogtoCheck(
      async () => {
        calls += 1;
        if (failure) throw new UpstreamFault(failure, 'down');
      },
      (fault) => changes.push(fault?.code),
      () => clock,
    );
  });

  const codeAfter = async (ms: number) => {
    clock += ms;
    return (await check.fault())?.code;
  };

  it('caches a success for 5 s', async () => {
    await codeAfter(0);
    failure = 'upstream.unavailable';
    expect(await codeAfter(4999)).toBeUndefined();
    expect(calls).toBe(1);
    expect(await codeAfter(1)).toBe('upstream.unavailable');
  });

  it('caches a failure for 1 s', async () => {
    failure = 'upstream.timeout';
    expect(await codeAfter(0)).toBe('upstream.timeout');
    failure = undefined;
    expect(await codeAfter(999)).toBe('upstream.timeout');
    expect(await codeAfter(1)).toBeUndefined();
  });

  it('runs once for concurrent callers', async () => {
    const answer = deferred<void>();
    let times = 0;
    const slow = new LogtoCheck(
      () => {
        times += 1;
        return answer.promise;
      },
      () => undefined,
    );
    const all = Array.from({ length: 50 }, () => slow.fault());
    answer.resolve();
    expect(await Promise.all(all)).toEqual(Array(50).fill(undefined));
    expect(times).toBe(1);
  });

  it('reports each change once: a failure, another failure, and the recovery', async () => {
    await codeAfter(0);
    failure = 'upstream.timeout';
    for (let i = 0; i < 3; i++) await codeAfter(5000);
    failure = 'upstream.unavailable';
    await codeAfter(5000);
    failure = undefined;
    await codeAfter(5000);
    expect(changes).toEqual(['upstream.timeout', 'upstream.unavailable', undefined]);
  });

  it('remembers whether it ever succeeded, and describes its state', async () => {
    expect(check.detail).toEqual({ status: 'unknown' });
    failure = 'upstream.unavailable';
    await codeAfter(0);
    expect(check.hasSucceeded).toBe(false);
    clock += 12;
    expect(check.detail).toEqual({ status: 'failing', code: 'upstream.unavailable', ageMs: 12 });
    failure = undefined;
    await codeAfter(5000);
    failure = 'upstream.unavailable';
    await codeAfter(5000);
    expect(check.hasSucceeded).toBe(true);
  });
});
