import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../test/support/far-end.js';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { DeliveryWorker, type DeliveryWorkerOptions } from './delivery-worker.js';
import type { Delivery } from './deliver.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const eventOf = (name: string, createdAt = NOW): string => JSON.stringify({ name, createdAt: new Date(createdAt) });
const nameOf = (body: string): string => (JSON.parse(body) as { name: string }).name;

describe('the delivery worker', () => {
  let worker: DeliveryWorker | undefined;
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(() => worker?.stop());

  /** Starts a worker whose receiver answers with `outcomeOf`. Returns what it has received, in order. */
  const start = (
    outcomeOf: (name: string, nth: number) => Delivery['outcome'],
    more: Partial<DeliveryWorkerOptions> = {},
  ) => {
    const drops: string[] = [];
    const onDrop = (reason: string, count: number) => void drops.push(`${reason} ${count}`);
    const outbox = new Outbox(new MemoryQueue(100, onDrop), undefined, onDrop);
    const received: string[] = [];
    const times: number[] = [];
    const running = new DeliveryWorker({
      outbox,
      deliver: async (body) => {
        received.push(nameOf(body));
        times.push(clock.now());
        return { outcome: outcomeOf(nameOf(body), received.length), answer: 'test' };
      },
      onAttempt: () => undefined,
      onDrop,
      now: () => NOW,
      clock,
      random: () => 0,
      ...more,
    });
    worker = running;
    running.start();
    const send = async (...bodies: string[]) => {
      for (const body of bodies) await outbox.add(body);
      running.wake();
      await settle();
    };
    return { outbox, drops, received, times, send, running };
  };

  it('delivers events at once and in order', async () => {
    const { received, times, send, outbox } = start(() => 'delivered');
    await clock.advance(100);
    await send(eventOf('a'), eventOf('b'), eventOf('c'));
    expect(received).toEqual(['a', 'b', 'c']);
    expect(times).toEqual([100, 100, 100]);
    expect(outbox.length).toBe(0);
  });

  it('backs off exponentially, and delivers the next event after the failed one', async () => {
    const { received, times, send, outbox } = start((_name, nth) => (nth <= 2 ? 'failed' : 'delivered'));
    await send(eventOf('a'), eventOf('b'));
    await clock.advance(1000);
    expect(received).toEqual(['a', 'a', 'a', 'b']);
    expect(times).toEqual([0, 250, 750, 750]);
    expect(outbox.length).toBe(0);
  });

  it('does not cut the backoff short for new events', async () => {
    const { received, send } = start(() => 'failed');
    await send(eventOf('a'));
    for (let index = 0; index < 20; index += 1) await send(eventOf('more'));
    await clock.advance(249);
    expect(received).toEqual(['a']);
    await clock.advance(1);
    expect(received).toEqual(['a', 'a']);
  });

  it('drops events that the receiver refuses, and those it has not accepted for a day', async () => {
    const { received, drops, send, outbox } = start((name) => (name === 'bad' ? 'refused' : 'failed'));
    await send(eventOf('bad'), eventOf('old', NOW - 25 * 60 * 60 * 1000));
    expect(outbox.length).toBe(0);
    expect(received).toEqual(['bad', 'old']);
    expect(drops).toEqual(['refused 1', 'expired 1']);
  });

  it('stops in the middle of a delivery, and keeps the event', async () => {
    const sent = deferred<void>();
    const { send, outbox, running } = start(() => 'delivered', {
      deliver: async (_body, signal) => {
        sent.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { outcome: 'failed', answer: 'aborted' };
      },
    });
    await send(eventOf('a'));
    await sent.promise;
    await running.stop();
    expect(outbox.length).toBe(1);
  });

  it('stops in the middle of a backoff', async () => {
    const { received, send, running } = start(() => 'failed');
    await send(eventOf('a'));
    expect(clock.waiting).toBe(1);
    await running.stop();
    expect(clock.waiting).toBe(0);
    expect(received).toEqual(['a']);
  });
});

describe('the memory queue', () => {
  it('drops the oldest event when it is full', async () => {
    const drops: string[] = [];
    const queue = new MemoryQueue(2, (reason, count) => drops.push(`${reason} ${count}`));
    queue.add('a');
    const taken = queue.next();
    queue.add('b');
    queue.add('c');
    expect(drops).toEqual(['full 1']);
    // A late acknowledgement removes nothing else.
    await taken?.acknowledge();
    expect(queue.drain()).toEqual(['b', 'c']);
  });
});
