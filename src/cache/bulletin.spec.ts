import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from '../redis/connect.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { Bulletin } from './bulletin.js';
import { TRUSTED_MS } from './hearing.js';
import { SharedEpochs } from './shared-epochs.js';

/** When a write is answered at the latest, if Redis is there. */
const ANSWERED_MS = TRUSTED_MS + 50;
const FOREVER_MS = 3_600_000;

class CountedEpochs extends SharedEpochs {
  /** How many writes Redis has told. */
  told = 0;

  override async raise(...args: Parameters<SharedEpochs['raise']>): Promise<number> {
    const listeners = await super.raise(...args);
    this.told += 1;
    return listeners;
  }
}

/** A replica, and its way to Redis. */
class Replica {
  readonly heard: string[] = [];
  readonly epochs: CountedEpochs;
  readonly bulletin: Bulletin;
  restored = 0;

  private constructor(
    readonly wire: TcpProxy,
    readonly redis: SharedRedis,
    clock: ManualClock,
  ) {
    this.epochs = new CountedEpochs(redis);
    this.bulletin = new Bulletin({
      redis,
      epochs: this.epochs,
      onTags: (tags) => this.heard.push(...tags),
      onRestored: () => (this.restored += 1),
      clock,
    });
  }

  static async start(prefix: string, clock: ManualClock, timeoutMs: number): Promise<Replica> {
    const wire = new TcpProxy(Number(new URL(REDIS_URL).port));
    await wire.start();
    const client = connect(`redis://127.0.0.1:${wire.port}`);
    const replica = new Replica(wire, new SharedRedis({ client, prefix, timeoutMs }), clock);
    await until('the replica to be sure', () => replica.trust === 'sure');
    return replica;
  }

  get trust() {
    return this.bulletin.trust;
  }

  /** Nothing it is told arrives until its wire is healed. */
  stall(): void {
    this.wire.publishedDelayMs = FOREVER_MS;
  }

  async stop(): Promise<void> {
    this.bulletin.close();
    this.redis.close();
    await this.wire.close();
  }
}

describeWithRedis('a bulletin', () => {
  let clock: ManualClock;
  let prefix: string;
  let writer: Replica;
  let reader: Replica;

  const start = async (timeoutMs: number) => {
    writer = await Replica.start(prefix, clock, timeoutMs);
    reader = await Replica.start(prefix, clock, timeoutMs);
  };

  beforeEach(async () => {
    clock = new ManualClock();
    prefix = `test:${randomUUID()}`;
    // A busy machine is no illness of Redis.
    await start(5000);
  });
  afterEach(async () => {
    await writer.stop();
    await reader.stop();
  });

  /** A write that everybody is told of from now on. */
  const tell = async (tag: string, teller = writer) => {
    const state = { isOver: false };
    const { told: before } = teller.epochs;
    const told = teller.bulletin.tell([tag]).then((isTold) => {
      state.isOver = true;
      return isTold;
    });
    await until('Redis to tell it', () => teller.epochs.told > before);
    return { told, isOver: () => state.isOver };
  };

  /** Until the newcomer has heard that the writer knows: what the writer tells later comes later. */
  const acknowledged = async (tag: string, newcomer: Replica) => {
    await until('the writer to know', () => writer.heard.includes(tag));
    await tell('later');
    await until('the newcomer to hear it', () => newcomer.heard.includes('later'));
  };

  /** How many Redis would tell of a write. */
  const listeners = async (): Promise<unknown> => {
    const counts = await writer.redis.run((client) => client.pubsub('NUMSUB', writer.redis.key('writes')));
    return counts[1];
  };

  /** The writer keeps hearing itself. */
  const pass = async (ms: number, write?: { isOver(): boolean }) => {
    for (let left = ms; left > 0; left -= 10) {
      await clock.advance(Math.min(10, left));
      await until('the writer to be sure', () => writer.trust === 'sure' || write?.isOver() === true);
    }
  };

  it('is over as soon as everybody knows', async () => {
    expect(await writer.bulletin.tell(['a'])).toBe(true);
    expect(reader.heard).toEqual(['a']);
    expect(writer.bulletin.counts).toEqual({ acknowledged: 1, unacknowledged: 0, untold: 0 });
    expect(clock.now()).toBe(0);
  });

  it('is not over while somebody who did not hear it is sure', async () => {
    await pass(150);
    reader.stall();
    const write = await tell('a');
    while (reader.trust === 'sure') {
      expect(write.isOver()).toBe(false);
      await pass(10, write);
    }
    expect(clock.now()).toBeGreaterThan(500);
    await pass(150 + ANSWERED_MS - clock.now(), write);
    expect(await write.told).toBe(true);
    expect(reader.heard).toEqual([]);
    expect(writer.bulletin.counts).toMatchObject({ acknowledged: 0, unacknowledged: 1 });
  });

  it('waits for who stayed silent once, and again from when it is sure', async () => {
    reader.stall();
    const write = await tell('a');
    await pass(ANSWERED_MS, write);
    await write.told;
    const at = clock.now();
    await writer.bulletin.tell(['b']);
    expect(clock.now()).toBe(at);

    reader.wire.heal();
    await reader.bulletin.untilSure();
    expect(reader.trust).toBe('sure');
    expect(reader.heard).toEqual(['a', 'b']);
    // Nothing was missed, so nothing has to be forgotten.
    expect(reader.restored).toBe(1);
    reader.stall();
    const next = await tell('c');
    await pass(100);
    expect(next.isOver()).toBe(false);
    reader.wire.heal();
    await next.told;
    expect(reader.heard).toContain('c');
  });

  it('waits for who was lost by Redis and may not have noticed, once', async () => {
    await writer.bulletin.tell(['a']);
    reader.wire.refuse();
    await until('Redis to have lost it', async () => (await listeners()) === 1);
    const write = await tell('b');
    await pass(100);
    expect(write.isOver()).toBe(false);
    await pass(ANSWERED_MS - 100, write);
    await write.told;
    await writer.bulletin.tell(['c']);
    expect(writer.bulletin.counts).toEqual({ acknowledged: 3, unacknowledged: 0, untold: 0 });
  });

  it('waits no longer for who leaves', async () => {
    await writer.bulletin.tell(['a']);
    reader.stall();
    const write = await tell('a');
    await pass(10);
    expect(write.isOver()).toBe(false);
    reader.bulletin.close();
    await write.told;
    expect(clock.now()).toBe(10);
  });

  it('waits for a replica it has never heard of', async () => {
    reader.stall();
    const newcomer = await Replica.start(prefix, clock, 5000);
    const write = await tell('a', newcomer);
    await acknowledged('a', newcomer);
    expect(write.isOver()).toBe(false);
    reader.wire.heal();
    await write.told;
    expect(reader.heard).toContain('a');
    await newcomer.stop();
  });

  it('waits for who was there before it and was lost by Redis since', async () => {
    const newcomer = await Replica.start(prefix, clock, 5000);
    // With the first everybody has greeted it, with the second it has heard that.
    await writer.bulletin.tell(['a']);
    await writer.bulletin.tell(['b']);
    reader.wire.refuse();
    await until('Redis to have lost it', async () => (await listeners()) === 2);
    const write = await tell('c', newcomer);
    await acknowledged('c', newcomer);
    expect(write.isOver()).toBe(false);
    // Who comes back knows.
    reader.wire.heal();
    await write.told;
    await newcomer.stop();
  });

  it('makes nobody sure by when a heartbeat was heard', async () => {
    await pass(150);
    reader.stall();
    // One is sent at 200.
    await pass(200);
    reader.wire.heal();
    // By the first it has heard the heartbeat, by the second that it has.
    await writer.bulletin.tell(['a']);
    await writer.bulletin.tell(['b']);
    reader.stall();
    await clock.advance(449);
    expect(reader.trust).toBe('sure');
    await clock.advance(1);
    expect(reader.trust).toBe('unsure');
  });

  it('makes nobody sure by when an arrival was heard', async () => {
    await pass(150);
    reader.stall();
    await pass(TRUSTED_MS);
    expect(reader.trust).toBe('unsure');
    // The last was sent at 600.
    await pass(40);
    reader.wire.heal();
    await until('it to have arrived', () => reader.trust === 'sure');
    await writer.bulletin.tell(['a']);
    await writer.bulletin.tell(['b']);
    reader.stall();
    await clock.advance(409);
    expect(reader.trust).toBe('sure');
    await clock.advance(1);
    expect(reader.trust).toBe('unsure');
  });

  it('makes nobody sure who could not acknowledge', async () => {
    reader.redis.close();
    await until('its commands to fail', () => !reader.redis.usable);
    expect(reader.trust).toBe('sure');
    const write = await tell('a');
    await until('it to hear', () => reader.heard.length === 1);
    await until('it not to be sure', () => reader.trust === 'alone');
    expect(write.isOver()).toBe(false);
    await pass(ANSWERED_MS, write);
    await write.told;
  });

  it('hears by another connection when one hangs, and then forgets', async () => {
    reader.stall();
    await pass(900);
    expect(reader.restored).toBe(1);
    // What comes by another connection arrives.
    reader.wire.publishedDelayMs = 0;
    await until('the reader to be sure', async () => {
      await pass(10);
      return reader.trust === 'sure';
    });
    expect(reader.restored).toBe(2);
    expect(await writer.bulletin.tell(['a'])).toBe(true);
    expect(reader.heard).toEqual(['a']);
  });

  it('lets all who ask at once find out together', async () => {
    reader.stall();
    await pass(TRUSTED_MS);
    expect(reader.trust).toBe('unsure');
    let heartbeats = 0;
    const ear = connect(REDIS_URL);
    await until('the ear', () => ear.status === 'ready');
    await ear.psubscribe(`${prefix}:replica:*`);
    ear.on(
      'pmessage',
      (_pattern, _channel, message: string) => (heartbeats += Number(message.startsWith('heartbeat'))),
    );
    reader.wire.heal();
    await Promise.all(Array.from({ length: 50 }, () => reader.bulletin.untilSure()));
    expect(reader.trust).toBe('sure');
    await writer.bulletin.tell(['a']);
    await until('the heartbeat', () => heartbeats > 0);
    ear.disconnect();
    expect(heartbeats).toBe(1);
  });

  it('arrives once, however many heartbeats it hears at a time: the second would excuse it from what it has not heard', async () => {
    reader.stall();
    await pass(TRUSTED_MS);
    const said: string[] = [];
    const ear = connect(REDIS_URL);
    await until('the ear', () => ear.status === 'ready');
    await ear.subscribe(reader.redis.key('writes'), `${prefix}:end`);
    ear.on('message', (_channel, message: string) => said.push(message));
    reader.wire.heal();
    await reader.bulletin.untilSure();
    await reader.redis.run((client) => client.publish(`${prefix}:end`, 'end'));
    await until('the end', () => said.at(-1) === 'end');
    ear.disconnect();
    expect(said.filter((message) => message.includes('arrives'))).toHaveLength(1);
  });

  it('lets nobody wait longer than Redis may take who cannot find out', async () => {
    reader.stall();
    await pass(TRUSTED_MS);
    const asking = reader.bulletin.untilSure();
    await clock.advance(5000);
    await asking;
    expect(reader.trust).toBe('unsure');
  });

  it('holds nobody up when Redis goes away meanwhile', async () => {
    await reader.stop();
    await writer.stop();
    await start(50);
    reader.stall();
    const write = await tell('a');
    writer.wire.hold();
    await clock.advance(25);
    expect(await write.told).toBe(true);
    expect(writer.trust).toBe('sure');
    expect(clock.now()).toBe(25);
    expect(writer.bulletin.counts).toMatchObject({ unacknowledged: 1 });
  });
});
