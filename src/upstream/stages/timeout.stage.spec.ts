import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { timeout } from './timeout.stage.js';

/** Never answers, and rejects like the transport when its signal fires. */
const silent: Exchange = ({ signal }) =>
  new Promise<UpstreamReply>((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('timeout stage', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  const stage = () => timeout(10_000, clock);
  /** The outcome of a request that is never answered, which must not come before the limit. */
  const unanswered = async (request: UpstreamRequest) => {
    let outcome: unknown;
    const settled = stage()(silent)(request).catch((error: unknown) => (outcome = error));
    await clock.advance(9999);
    expect(outcome).toBeUndefined();
    await clock.advance(1);
    await settled;
    return outcome;
  };

  it('returns a reply that comes in time, unchanged', async () => {
    const reply = replyOf('in time');
    expect(await stage()(async () => reply)(readOf('/x'))).toBe(reply);
    expect(clock.waiting).toBe(0);
  });

  it('aborts a read that takes too long', async () => {
    expect(await unanswered(readOf('/api/x?q=secret'))).toMatchObject({
      code: 'upstream.timeout',
      message: 'GET /api/x was not answered within 10000 ms',
      options: { wrote: false },
    });
  });

  it('reports that a write which took too long may have taken effect', async () => {
    expect(await unanswered(writeOf('/x'))).toMatchObject({
      code: 'upstream.timeout',
      options: { wrote: true },
    });
  });

  it('passes on other errors', async () => {
    const error = new Error('reset');
    await expect(stage()(() => Promise.reject(error))(readOf('/x'))).rejects.toBe(error);
  });

  it('aborts with the reason of the request’s signal when that fires first', async () => {
    const controller = new AbortController();
    const reply = stage()(silent)({ ...readOf('/x'), signal: controller.signal });
    controller.abort(new Error('disconnected'));
    await expect(reply).rejects.toThrow('disconnected');
  });

  it.each([0, -1, Number.NaN])('rejects a limit of %p', (limit) => {
    expect(() => timeout(limit)).toThrow(`limitMs must be a positive number of milliseconds, got ${limit}`);
  });
});
