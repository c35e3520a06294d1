import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../test/support/far-end.js';
import { UpstreamFault, type UpstreamFaultCode } from '../upstream/upstream-fault.js';
import { LogtoCheck } from './logto-check.js';

describe('the check of Logto', () => {
  let clock: number;
  let asked: number;
  let illness: UpstreamFaultCode | undefined;
  let changes: (string | undefined)[];
  let check: LogtoCheck;

  beforeEach(() => {
    [clock, asked, illness, changes] = [0, 0, undefined, []];
    check = new LogtoCheck(
      async () => {
        asked += 1;
        if (illness) throw new UpstreamFault(illness, 'ill');
      },
      (fault) => changes.push(fault?.code),
      () => clock,
    );
  });

  const codeAfter = async (ms: number) => {
    clock += ms;
    return (await check.fault())?.code;
  };

  it('believes a good answer for 5 s', async () => {
    await codeAfter(0);
    illness = 'upstream.unavailable';
    expect(await codeAfter(4999)).toBeUndefined();
    expect(asked).toBe(1);
    expect(await codeAfter(1)).toBe('upstream.unavailable');
  });

  it('believes a bad answer for 1 s', async () => {
    illness = 'upstream.timeout';
    expect(await codeAfter(0)).toBe('upstream.timeout');
    illness = undefined;
    expect(await codeAfter(999)).toBe('upstream.timeout');
    expect(await codeAfter(1)).toBeUndefined();
  });

  it('asks once for everyone who wants to know at the same time', async () => {
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

  it('tells when Logto falls ill, of another illness, and when it is well again; not more often', async () => {
    await codeAfter(0);
    illness = 'upstream.timeout';
    for (let i = 0; i < 3; i++) await codeAfter(5000);
    illness = 'upstream.unavailable';
    await codeAfter(5000);
    illness = undefined;
    await codeAfter(5000);
    expect(changes).toEqual(['upstream.timeout', 'upstream.unavailable', undefined]);
  });

  it('knows whether Logto was ever well, and says what it knows', async () => {
    expect(check.detail).toEqual({ status: 'unknown' });
    illness = 'upstream.unavailable';
    await codeAfter(0);
    expect(check.everWell).toBe(false);
    clock += 12;
    expect(check.detail).toEqual({ status: 'failing', code: 'upstream.unavailable', ageMs: 12 });
    illness = undefined;
    await codeAfter(5000);
    illness = 'upstream.unavailable';
    await codeAfter(5000);
    expect(check.everWell).toBe(true);
  });
});
