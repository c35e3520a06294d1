import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { Circuit, type CircuitState, mostOfTheLast } from '../circuit.js';
import type { Exchange, UpstreamReply } from '../exchange.js';
import { UpstreamFault } from '../upstream-fault.js';
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
      strategy: mostOfTheLast(CALLS),
      openMs: OPEN_MS,
      clock,
      onChange: (state) => changes.push(state),
    });
    exchange = breaker(circuit)(() => {
      asked += 1;
      return answer();
    });
  });

  const well = async () => replyOf('well');
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
    ['lost connections', failing('upstream.error')],
    ['refused connections', failing('upstream.unavailable')],
    ['timeouts', failing('upstream.timeout')],
    ['unreadable answers', failing('upstream.invalid_response')],
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
    ['a refused credential', failing('upstream.unauthorized')],
    ['a spent budget', failing('upstream.budget')],
    ['a full queue', failing('upstream.busy')],
    ['callers who leave', () => Promise.reject(new Error('left'))],
    [
      'a token endpoint that fails',
      () => Promise.reject(new UpstreamFault('upstream.error', 'no', { atTokenEndpoint: true })),
    ],
  ])('is not opened by %s', async (_what, how) => {
    await call(5 * CALLS, how);
    expect(circuit.state).toBe('closed');
  });

  it('stays closed while every second call is answered', async () => {
    for (let i = 0; i < 5 * CALLS; i += 1) {
      await call(1, i % 2 ? well : failing('upstream.error'));
    }
    expect(circuit.state).toBe('closed');
  });

  it('asks nothing while it is open, and says when to come back', async () => {
    await open();
    await clock.advance(600);
    await expect(exchange(readOf('/api/x?q=secret'))).rejects.toMatchObject({
      code: 'upstream.unavailable',
      message: '/api/x was not asked: the circuit is open',
      options: { retryAfterS: 2 },
    });
    expect(asked).toBe(CALLS);
  });

  it('lets one probe through when its time has come, and closes when that is well', async () => {
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
    probe.resolve(replyOf('well'));
    await first;
    expect(asked).toBe(CALLS + 1);
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    // What was before it opened counts no more.
    await call(CALLS - 2, failing('upstream.error'));
    expect(circuit.state).toBe('closed');
  });

  it('opens for as long again when the probe fails', async () => {
    await open();
    await clock.advance(OPEN_MS);
    await call(1, failing('upstream.timeout'));
    expect(circuit.state).toBe('open');
    await clock.advance(OPEN_MS - 1);
    await call(1, well);
    expect(asked).toBe(CALLS + 1);
    await clock.advance(1);
    await call(1, well);
    expect(circuit.state).toBe('closed');
  });

  it('sends the next probe at once when the first said nothing', async () => {
    await open();
    await clock.advance(OPEN_MS);
    await call(1, () => Promise.reject(new Error('left')));
    await call(1, well);
    expect(circuit.state).toBe('closed');
  });

  it('does not count those who come back after it opened', async () => {
    const late = deferred<UpstreamReply>();
    answer = () => late.promise;
    const waiting = exchange(readOf('/x'));
    await open();
    late.resolve(replyOf('well'));
    await waiting;
    expect(circuit.state).toBe('open');
  });

  it('is not built to be open for no time', () => {
    expect(() => new Circuit({ strategy: mostOfTheLast(3), openMs: 0 })).toThrow(
      'breaker stage: openMs must be a positive number of milliseconds, got 0',
    );
  });
});
