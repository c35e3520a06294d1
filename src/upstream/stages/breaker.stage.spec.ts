import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { Circuit, type CircuitState, failureRateOver } from './circuit.js';
import type { Exchange, UpstreamReply } from '../../core/exchange.js';
import { UpstreamFault } from '../../core/faults.js';
import { breaker } from './breaker.stage.js';

const CALLS = 10;
const OPEN_MS = 2500;

describe('breaker stage', () => {
  let clock: ManualClock;
  let circuit: Circuit;
  let changes: CircuitState[];
  let asked: number;
  let answer: () => Promise<UpstreamReply>;
  let exchange: Exchange;
  beforeEach(() => {
    clock = new ManualClock();
    changes = [];
    asked = 0;
    circuit = new Circuit({
      strategy: failureRateOver(CALLS),
      openMs: OPEN_MS,
      clock,
      onChange: (state) => changes.push(state),
    });
    exchange = breaker(circuit)(() => {
      asked += 1;
      return answer();
    });
  });

  const succeeding = async () => replyOf('ok');
  const failing = (code: ConstructorParameters<typeof UpstreamFault>[0]) => () =>
    Promise.reject(new UpstreamFault(code, 'no'));
  const call = async (times: number, how: typeof answer): Promise<void> => {
    answer = how;
    for (let i = 0; i < times; i += 1) {
      await exchange(readOf('/x')).catch(() => undefined);
    }
  };
  const open = () => call(CALLS, failing('upstream.error'));

  it.each([
    ['broken connections', failing('upstream.error')],
    ['refused connections', failing('upstream.unavailable')],
    ['timeouts', failing('upstream.timeout')],
    ['invalid replies', failing('upstream.invalid_response')],
    ['500', async () => replyOf({}, { status: 500 })],
    ['503', async () => replyOf({}, { status: 503 })],
  ])('opens after %s', async (_what, how) => {
    await call(CALLS - 1, how);
    expect(circuit.state).toBe('closed');
    await call(1, how);
    expect(circuit.state).toBe('open');
  });

  it.each([
    ['404', async () => replyOf({}, { status: 404 })],
    ['422', async () => replyOf({}, { status: 422 })],
    ['429', async () => replyOf({}, { status: 429 })],
    ['rejected credentials', failing('upstream.unauthorized')],
    ['a spent budget', failing('upstream.budget')],
    ['a full queue', failing('upstream.busy')],
    ['clients that disconnect', () => Promise.reject(new Error('disconnected'))],
    [
      'a token endpoint that fails',
      () => Promise.reject(new UpstreamFault('upstream.error', 'no', { atTokenEndpoint: true })),
    ],
  ])('stays closed after %s', async (_what, how) => {
    await call(5 * CALLS, how);
    expect(circuit.state).toBe('closed');
  });

  it('stays closed while every second call is answered', async () => {
    for (let i = 0; i < 5 * CALLS; i += 1) {
      await call(1, i % 2 ? succeeding : failing('upstream.error'));
    }
    expect(circuit.state).toBe('closed');
  });

  it('calls nothing while it is open, and says when to retry', async () => {
    await open();
    await clock.advance(600);
    await expect(exchange(readOf('/api/x?q=secret'))).rejects.toMatchObject({
      code: 'upstream.unavailable',
      message: '/api/x was not called: the circuit is open',
      options: { retryAfterS: 2 },
    });
    expect(asked).toBe(CALLS);
  });

  it('lets one probe through after the open time, and closes when it succeeds', async () => {
    await open();
    await clock.advance(OPEN_MS);
    const probe = deferred<UpstreamReply>();
    answer = () => probe.promise;
    const first = exchange(readOf('/x'));
    expect(circuit.state).toBe('half-open');
    await expect(exchange(readOf('/x'))).rejects.toMatchObject({
      code: 'upstream.unavailable',
      options: { retryAfterS: 1 },
    });
    probe.resolve(replyOf('ok'));
    await first;
    expect(asked).toBe(CALLS + 1);
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    // Failures from before it opened no longer count.
    await call(CALLS - 2, failing('upstream.error'));
    expect(circuit.state).toBe('closed');
  });

  it('stays open for the full time again when the probe fails', async () => {
    await open();
    await clock.advance(OPEN_MS);
    await call(1, failing('upstream.timeout'));
    expect(circuit.state).toBe('open');
    await clock.advance(OPEN_MS - 1);
    await call(1, succeeding);
    expect(asked).toBe(CALLS + 1);
    await clock.advance(1);
    await call(1, succeeding);
    expect(circuit.state).toBe('closed');
  });

  it('sends the next probe at once when the first told nothing', async () => {
    await open();
    await clock.advance(OPEN_MS);
    await call(1, () => Promise.reject(new Error('disconnected')));
    await call(1, succeeding);
    expect(circuit.state).toBe('closed');
  });

  it('ignores calls that end after it opened', async () => {
    const late = deferred<UpstreamReply>();
    answer = () => late.promise;
    const waiting = exchange(readOf('/x'));
    await open();
    late.resolve(replyOf('ok'));
    await waiting;
    expect(circuit.state).toBe('open');
  });

  it('rejects an open time of zero', () => {
    expect(() => new Circuit({ strategy: failureRateOver(3), openMs: 0 })).toThrow(
      'breaker stage: openMs must be a positive number of milliseconds, got 0',
    );
  });
});
