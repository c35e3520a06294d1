import { afterEach, describe, expect, it } from '@jest/globals';
import { deferred, until } from '../../test/support/far-end.js';
import { Courier, type CourierOptions } from './courier.js';
import type { Delivery } from './deliver.js';
import { MemoryQueue } from './memory-queue.js';
import { Outbox } from './outbox.js';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const eventOf = (name: string, createdAt = NOW): string => JSON.stringify({ name, createdAt: new Date(createdAt) });
const nameOf = (body: string): string => (JSON.parse(body) as { name: string }).name;

describe('the courier', () => {
  let courier: Courier | undefined;
  afterEach(() => courier?.stop());

  /** A courier whose receiver answers as told, and the names of what it was brought, in order. */
  const start = (outcomeOf: (name: string, nth: number) => Delivery['outcome'], more: Partial<CourierOptions> = {}) => {
    const drops: string[] = [];
    const onDrop = (reason: string, count: number) => void drops.push(`${reason} ${count}`);
    const outbox = new Outbox(new MemoryQueue(100, onDrop), undefined, onDrop);
    const brought: string[] = [];
    const times: number[] = [];
    const running = new Courier({
      outbox,
      deliver: async (body) => {
        brought.push(nameOf(body));
        times.push(performance.now());
        return { outcome: outcomeOf(nameOf(body), brought.length), answer: 'test' };
      },
      onTry: () => undefined,
      onDrop,
      now: () => NOW,
      random: () => 0,
      ...more,
    });
    courier = running;
    running.start();
    const send = async (...bodies: string[]) => {
      for (const body of bodies) await outbox.add(body);
      running.nudge();
    };
    return { outbox, drops, brought, times, send, running };
  };

  it('brings events in their order, at once', async () => {
    const { brought, send, outbox } = start(() => 'delivered');
    await send(eventOf('a'), eventOf('b'), eventOf('c'));
    await until('all are brought', () => outbox.length === 0, 500);
    expect(brought).toEqual(['a', 'b', 'c']);
  });

  it('tries again later and later, and what comes next waits for it', async () => {
    const { brought, times, send, outbox } = start((_name, nth) => (nth <= 2 ? 'failed' : 'delivered'));
    await send(eventOf('a'), eventOf('b'));
    await until('all are brought', () => outbox.length === 0);
    expect(brought).toEqual(['a', 'a', 'a', 'b']);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThan(240);
    expect(third - second).toBeGreaterThan(490);
  });

  it('is not hurried by new events while the receiver fails', async () => {
    const { brought, send } = start(() => 'failed');
    await send(eventOf('a'));
    await until('it has failed', () => brought.length === 1);
    for (let index = 0; index < 20; index += 1) await send(eventOf('more'));
    const from = performance.now();
    await until('it is tried again', () => brought.length === 2);
    expect(performance.now() - from).toBeGreaterThan(200);
  });

  it('gives up what the receiver refuses, and what nobody took for a day', async () => {
    const { brought, drops, send, outbox } = start((name) => (name === 'bad' ? 'refused' : 'failed'));
    await send(eventOf('bad'), eventOf('old', NOW - 25 * 60 * 60 * 1000));
    await until('both are given up', () => outbox.length === 0);
    expect(brought).toEqual(['bad', 'old']);
    expect(drops).toEqual(['refused 1', 'expired 1']);
  });

  it('stops in the middle of a delivery, which is then not done', async () => {
    const gone = deferred<void>();
    const { send, outbox, running } = start(() => 'delivered', {
      deliver: async (_body, signal) => {
        gone.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { outcome: 'failed', answer: 'aborted' };
      },
    });
    await send(eventOf('a'));
    await gone.promise;
    await running.stop();
    expect(outbox.length).toBe(1);
  });

  it('stops in the middle of a wait', async () => {
    const { brought, send, running } = start(() => 'failed');
    await send(eventOf('a'));
    await until('it waits', () => brought.length === 1);
    await running.stop();
    expect(brought).toEqual(['a']);
  });
});

describe('a queue in memory', () => {
  it('makes room for new events by giving up the oldest', async () => {
    const drops: string[] = [];
    const queue = new MemoryQueue(2, (reason, count) => drops.push(`${reason} ${count}`));
    queue.add('a');
    const taken = queue.next();
    queue.add('b');
    queue.add('c');
    expect(drops).toEqual(['full 1']);
    // Done too late, it takes nothing else away.
    await taken?.done();
    expect(queue.takeAll()).toEqual(['b', 'c']);
  });
});
