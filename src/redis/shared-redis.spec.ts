import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startFakeRedis } from '../../test/support/fake-redis.js';
import { until } from '../../test/support/far-end.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { describeWithRedis, OwnRedis } from '../../test/support/redis.js';
import { RedisWitness } from '../../test/support/redis-witness.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { type Clock, systemClock } from '../core/clock.js';
import { connect, type RedisClient } from './connect.js';
import { type RedisState, SharedRedis } from './shared-redis.js';
import { RedisRefused, RedisUnavailable } from '../core/faults.js';

/** The probe interval. Redis is down after five failed probes. */
const PROBE_MS = 200;
const GRANT_PERMISSIONS = 'grant the Redis user the permissions under Rights in docs/operations.md';

describeWithRedis('the shared Redis', () => {
  const server = new OwnRedis();
  let wire: TcpProxy;
  let clock: ManualClock;
  let redis: SharedRedis;
  let states: RedisState['status'][];
  let refusals: string[];
  let available: jest.Mock;

  const open = (url: string, rights: string[] = [], time: Clock = clock): SharedRedis => {
    states = [];
    refusals = [];
    return new SharedRedis({
      client: connect(url),
      prefix: 'gateway',
      timeoutMs: 50,
      rights,
      clock: time,
      onChange: ({ status }) => states.push(status),
      onRefusal: (cause) => refusals.push(cause),
    });
  };
  const untilItIs = (status: RedisState['status']): Promise<void> =>
    until(`Redis to be ${status}`, () => states.at(-1) === status);
  const untilItAnswers = async (): Promise<void> => {
    await untilItIs('ok');
    redis.onAvailable(available);
  };
  const set = (key: string) => (client: RedisClient) => client.set(redis.key(key), '1');
  const failOnce = async (name: string): Promise<void> => {
    const failed = redis.run(set(name)).catch(() => undefined);
    await clock.advance(50);
    await failed;
  };

  beforeAll(() => server.start());
  beforeEach(async () => {
    available = jest.fn();
    clock = new ManualClock();
    wire = new TcpProxy(server.port);
    await wire.start();
    redis = open(`redis://127.0.0.1:${wire.port}`);
    await untilItAnswers();
    // The probe scheduled at the start succeeds, and is the last one.
    await clock.advance(PROBE_MS);
  });
  afterEach(async () => {
    redis.close();
    await wire.close();
  });
  afterAll(() => server.stop());

  describe('run', () => {
    it('returns the reply', async () => {
      expect(await redis.run(set('here'))).toBe('OK');
      expect(await server.command('GET', 'gateway:here')).toBe('1');
    });

    it('waits no longer than its limit', async () => {
      wire.hold();
      const outcome = redis.run(set('late')).catch((error: unknown) => error);
      await clock.advance(50);
      expect(await outcome).toMatchObject({ message: 'no answer within 50 ms' });
      expect(redis.state).toMatchObject({ status: 'ok', lastFailure: undefined });
    });

    it('sends nothing while Redis is down', async () => {
      wire.hold();
      await failOnce('first');
      await clock.advance(5 * PROBE_MS);
      expect(redis.isDown).toBe(true);
      const work = jest.fn(set('second'));
      await expect(redis.run(work)).rejects.toThrow(RedisUnavailable);
      expect(work).not.toHaveBeenCalled();
    });

    it('sends nothing without a connection', async () => {
      wire.refuse();
      await untilItIs('unavailable');
      const work = jest.fn(set('unsent'));
      await expect(redis.run(work)).rejects.toThrow(RedisUnavailable);
      expect(work).not.toHaveBeenCalled();
    });
  });

  describe('runWithRetry', () => {
    it('retries after a lost connection', async () => {
      const lost = new Promise<void>((resolve) => redis.onAvailable(resolve));
      wire.cut();
      const retried = redis.runWithRetry(set('retried'));
      await lost;
      await clock.advance(10);
      expect(await retried).toBe('OK');
    });

    it('waits for its limit and sends once while the connection holds', async () => {
      wire.hold();
      const work = jest.fn(set('held'));
      const outcome = redis.runWithRetry(work, 100).catch((error: unknown) => error);
      await clock.advance(100);
      expect(await outcome).toMatchObject({ message: 'no answer within 100 ms' });
      expect(work).toHaveBeenCalledTimes(1);
    });

    it('does not retry a refused command', async () => {
      const work = jest.fn((client: RedisClient) => client.call('NONSENSE'));
      await expect(redis.runWithRetry(work)).rejects.toThrow(RedisRefused);
      expect(work).toHaveBeenCalledTimes(1);
    });
  });

  describe('availability', () => {
    it('stays ok while replies are late', async () => {
      wire.delayMs = 100;
      await failOnce('slow');
      // The replies to probes are late, too.
      await clock.advance(4 * PROBE_MS);
      await until('a late reply', () => available.mock.calls.length > 0);
      expect(states).toEqual(['ok']);
    });

    it('is lost after a second without a reply, and restored when a probe succeeds', async () => {
      wire.hold();
      await failOnce('unheard');
      await clock.advance(4 * PROBE_MS);
      expect(states).toEqual(['ok']);
      await clock.advance(PROBE_MS);
      expect(states).toEqual(['ok', 'unavailable']);
      expect(redis.state.lastFailure).toMatch(/^no answer within \d+ ms$/);
      wire.heal();
      await untilItIs('ok');
      expect(available).toHaveBeenCalledTimes(1);
      expect(redis.isDown).toBe(false);
      expect(states).toEqual(['ok', 'unavailable', 'ok']);
      expect(await redis.run(set('again'))).toBe('OK');
    });

    it('is lost at once when the connection is lost', async () => {
      wire.refuse();
      await untilItIs('unavailable');
      expect(redis.isDown).toBe(false);
      await until('the reason', () => redis.state.lastFailure !== undefined);
      wire.heal();
      await untilItIs('ok');
    });

    it('is not lost because this process was blocked', async () => {
      redis.close();
      redis = open(server.url, [], systemClock);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      await untilItIs('ok');
      expect(states).toEqual(['ok']);
    });

    it('is restored after lost connections without unhandled rejections', async () => {
      for (let time = 0; time < 3; time += 1) {
        const seen = available.mock.calls.length;
        void redis.run(set('cut off')).catch(() => undefined);
        wire.cut();
        await until('a new connection', () => available.mock.calls.length > seen);
      }
      expect(await redis.run(set('after all'))).toBe('OK');
    });
  });

  it('sends no probes while Redis is available', async () => {
    const witness = await RedisWitness.of(server);
    try {
      expect(await redis.run(set('the last'))).toBe('OK');
      expect(await witness.during(() => clock.advance(60_000))).toEqual([]);
      expect(clock.waiting).toBe(0);
    } finally {
      witness.close();
    }
  });

  it('calls listeners when data may be lost', () => {
    const lost = jest.fn();
    redis.onDataLoss(lost);
    redis.reportDataLoss();
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('has another connection id after a reconnection', async () => {
    const { connectionId } = redis;
    wire.cut();
    await until('another connection', () => redis.connectionId !== connectionId);
    expect(redis.connectionId).toMatch(/^connection \d+$/);
  });

  describe('a refused command is reported', () => {
    const expectRefusal = async (work: (client: RedisClient) => Promise<unknown>, text: string): Promise<void> => {
      await expect(redis.run(work)).rejects.toThrow(RedisRefused);
      await expect(redis.run(work)).rejects.toThrow(RedisRefused);
      expect(refusals).toEqual([text]);
      expect(redis.state).toMatchObject({ status: 'ok', lastRefusal: text });
      expect(states).toEqual(['ok']);
    };
    const configure = (name: string, value: string) => server.command('CONFIG', 'SET', name, value);

    it('when a key has another type', async () => {
      await server.command('RPUSH', 'gateway:list', '1');
      await expectRefusal(
        (client) => client.get(redis.key('list')),
        'WRONGTYPE Operation against a key holding the wrong kind of value: a key is used by another application: set REDIS_PREFIX',
      );
      // Other commands succeed.
      expect(await redis.run(set('another'))).toBe('OK');
    });

    it('when Redis is full', async () => {
      await configure('maxmemory', '1');
      try {
        await expectRefusal(
          set('big'),
          "OOM command not allowed when used memory > 'maxmemory': Redis is full: raise maxmemory, or set maxmemory-policy allkeys-lru",
        );
      } finally {
        await configure('maxmemory', '0');
      }
      // Pending commands are sent then.
      await clock.advance(PROBE_MS);
      await until('Redis to accept writes again', () => available.mock.calls.length > 0);
      expect(states).toEqual(['ok']);
    });

    it('when Redis has too few replicas', async () => {
      await configure('min-replicas-to-write', '1');
      try {
        await expectRefusal(
          set('unsafe'),
          'NOREPLICAS Not enough good replicas to write: Redis has fewer replicas than min-replicas-to-write requires',
        );
      } finally {
        await configure('min-replicas-to-write', '0');
      }
    });

    it('when a permission is missing', async () => {
      await server.command('ACL', 'SETUSER', 'default', '-set');
      try {
        await expectRefusal(
          set('forbidden'),
          `NOPERM this user has no permissions to run the 'set' command: ${GRANT_PERMISSIONS}`,
        );
      } finally {
        await server.command('ACL', 'SETUSER', 'default', '+@all');
      }
    });
  });

  it('reports missing permissions at the start, once', async () => {
    await server.command('ACL', 'SETUSER', 'poor', 'on', '>secret', '~gateway:*', '+@all', '-set', '-xgroup');
    redis.close();
    redis = open(`redis://poor:secret@127.0.0.1:${wire.port}`, ['get', 'set', 'eval', 'xgroup', 'not-known-here']);
    await untilItAnswers();
    await until('the report', () => refusals.length > 0);
    wire.cut();
    await until('another connection', () => available.mock.calls.length > 0);
    await expect(redis.run(set('forbidden'))).rejects.toThrow(RedisRefused);
    expect(refusals).toEqual([`NOPERM the user may not use set, xgroup: ${GRANT_PERMISSIONS}`]);
  });

  describe('while Redis answers every command with an error', () => {
    let fake: Awaited<ReturnType<typeof startFakeRedis>>;
    beforeEach(async () => {
      fake = await startFakeRedis();
      redis.close();
      redis = open(fake.url);
    });
    afterEach(() => fake.close());

    it.each([
      ['LOADING Redis is loading the dataset in memory', /LOADING.*will answer when it is done/],
      ['NOAUTH Authentication required.', /NOAUTH.*add it to REDIS_URL/],
      ['BUSY Redis is busy running a script.', /BUSY/],
      ['CLUSTERDOWN Hash slot not served', /CLUSTERDOWN/],
      ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", /MASTERDOWN.*replica/],
    ])('(%s) it is unavailable', async (reply, explained) => {
      fake.reply = `-${reply}`;
      await until('the failure', () => explained.test(redis.state.lastFailure ?? ''));
      await clock.advance(5 * PROBE_MS);
      expect(states).toEqual(['unavailable']);
      expect(redis.state.lastFailure).toMatch(explained);
      expect(refusals).toEqual([]);
      fake.reply = '*0';
      await clock.advance(PROBE_MS);
      await untilItIs('ok');
      expect(redis.isDown).toBe(false);
    });
  });

  it('reconnects when another node is the master now', async () => {
    const { connectionId } = redis;
    await server.command('REPLICAOF', '127.0.0.1', '1');
    try {
      await expect(redis.run(set('read only'))).rejects.not.toThrow(RedisRefused);
      await until('another connection', () => redis.connectionId !== connectionId);
      await untilItIs('unavailable');
      expect(redis.state.lastFailure).toMatch(/^READONLY.*must point to the master$/);
    } finally {
      await server.command('REPLICAOF', 'NO', 'ONE');
    }
    await untilItIs('ok');
  });
});
