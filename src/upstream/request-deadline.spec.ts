import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf } from '../../test/support/far-end.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { contextOf } from '../../test/support/request-context.js';
import { type RequestContext, withRequestContext } from '../core/request-context.js';
import { LeanSignal } from '../core/signal.js';
import { requestDeadline } from './request-deadline.js';

describe('the deadline of a request', () => {
  let clock: ManualClock;
  let disconnected: LeanSignal;
  let context: RequestContext;
  let deadlineOf: ReturnType<typeof requestDeadline>;
  beforeEach(() => {
    clock = new ManualClock();
    disconnected = new LeanSignal();
    context = contextOf({ disconnectSignal: () => disconnected });
    deadlineOf = requestDeadline({ limitMs: 800, aggregateLimitMs: 1500, clock });
  });
  const readInRequest = (more: Parameters<typeof readOf>[1] = {}) =>
    withRequestContext(context, () => deadlineOf(readOf('/x', more)));

  it.each([
    ['interactive', 800],
    ['aggregate', 1500],
  ] as const)('is shared by all its %s calls, and starts with the first', async (lane, limit) => {
    await clock.advance(100);
    const first = readInRequest({ lane });
    await clock.advance(limit - 1);
    const second = readInRequest({ lane });
    expect(second).toBe(first);
    expect(second?.aborted).toBe(false);
    await clock.advance(1);
    expect(second?.aborted).toBe(true);
    expect(second?.reason).toMatchObject({
      code: 'upstream.timeout',
      message: `the request was not answered within ${limit} ms`,
    });
  });

  it('fires when the client disconnects, and leaves no timer behind', () => {
    const signal = readInRequest();
    disconnected.abort('disconnected');
    expect([signal?.aborted, signal?.reason, clock.waiting]).toEqual([true, 'disconnected', 0]);
  });

  it('has fired when the client has disconnected before', () => {
    disconnected.abort('disconnected');
    expect(readInRequest()?.reason).toBe('disconnected');
  });

  it('does not limit a streamed read, which is paced by the client', async () => {
    const signal = readInRequest({ streamed: true });
    await clock.advance(60_000);
    expect(signal?.aborted).toBe(false);
    disconnected.abort('disconnected');
    expect(signal?.aborted).toBe(true);
  });

  it('does not apply to background reads, nor outside a request', () => {
    expect(readInRequest({ lane: 'background' })).toBeUndefined();
    expect(deadlineOf(readOf('/x'))).toBeUndefined();
    context = contextOf();
    expect(readInRequest()).toBeUndefined();
  });
});
