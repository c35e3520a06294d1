import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { Exchange, UpstreamReply } from '../exchange.js';
import { timeout } from './timeout.stage.js';

/** Never answers, and ends as the transport does when it is told to. */
const silent: Exchange = ({ signal }) =>
  new Promise<UpstreamReply>((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('timeout stage', () => {
  it('gives back what comes in time, untouched', async () => {
    const reply = replyOf('in time');
    expect(await timeout(10_000)(async () => reply)(readOf('/x'))).toBe(reply);
  });

  it('ends a read that takes too long', async () => {
    await expect(timeout(10)(silent)(readOf('/api/x?q=secret'))).rejects.toMatchObject({
      code: 'upstream.timeout',
      message: 'GET /api/x was not answered within 10 ms',
      options: { wrote: false },
    });
  });

  it('says of a write that took too long that it may have happened', async () => {
    await expect(timeout(10)(silent)(writeOf('/x'))).rejects.toMatchObject({
      code: 'upstream.timeout',
      options: { wrote: true },
    });
  });

  it('hands on errors that are not its own', async () => {
    const error = new Error('reset');
    await expect(timeout(10_000)(() => Promise.reject(error))(readOf('/x'))).rejects.toBe(error);
  });

  it('lets the caller leave earlier, which is no timeout', async () => {
    const leaving = new AbortController();
    const reply = timeout(10_000)(silent)({ ...readOf('/x'), signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(reply).rejects.toThrow('left');
  });

  it.each([0, -1, Number.NaN])('refuses to be built with a limit of %p', (limit) => {
    expect(() => timeout(limit)).toThrow(`limitMs must be a positive number of milliseconds, got ${limit}`);
  });
});
