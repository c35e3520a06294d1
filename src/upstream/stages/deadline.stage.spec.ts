import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { deadline } from './deadline.stage.js';

describe('deadline stage', () => {
  let clock: ManualClock;
  let seen: UpstreamRequest | undefined;
  beforeEach(() => {
    clock = new ManualClock();
  });
  const stage = () => deadline({ limitMs: 800, aggregateLimitMs: 1500, clock });
  const silent: Exchange = (request) => {
    seen = request;
    return new Promise<UpstreamReply>((_resolve, reject) => {
      request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
    });
  };

  it('returns a reply that comes in time, and leaves no timer behind', async () => {
    const reply = replyOf('in time');
    expect(await stage()(async () => reply)(readOf('/x'))).toBe(reply);
    expect(clock.waiting).toBe(0);
  });

  it.each([
    ['a read', readOf('/api/x?q=secret'), 800],
    ['a write', writeOf('/api/x?q=secret'), 800],
    ['an aggregate', readOf('/api/x?q=secret', { lane: 'aggregate' }), 1500],
  ])('aborts %s after the limit', async (_what, request, limit) => {
    const outcome = stage()(silent)(request).catch((error: unknown) => error);
    await clock.advance(limit - 1);
    expect(seen?.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await outcome).toMatchObject({
      code: 'upstream.timeout',
      message: `${request.method} /api/x was not answered within ${limit} ms, with all attempts`,
    });
  });

  it('passes the deadline on to the next stages', async () => {
    await clock.advance(100);
    const outcome = stage()(silent)(readOf('/x')).catch(() => undefined);
    expect(seen?.endsAt).toBe(900);
    await clock.advance(800);
    await outcome;
  });

  it('aborts when the signal of the request fires', async () => {
    const controller = new AbortController();
    const outcome = stage()(silent)({ ...readOf('/x'), signal: controller.signal });
    controller.abort(new Error('disconnected'));
    await expect(outcome).rejects.toThrow('disconnected');
    expect(clock.waiting).toBe(0);
  });

  it.each([
    [{ limitMs: 0, aggregateLimitMs: 1 }, 'deadline stage: limitMs must be a positive number of milliseconds, got 0'],
    [{ limitMs: 1, aggregateLimitMs: -5 }, 'aggregateLimitMs must be a positive number of milliseconds, got -5'],
  ])('rejects a limit that is not positive', (options, sentence) => {
    expect(() => deadline(options)).toThrow(sentence);
  });
});
