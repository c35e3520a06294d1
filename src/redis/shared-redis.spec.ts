import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startFakeRedis } from '../../test/support/fake-redis.js';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, OwnRedis } from '../../test/support/redis.js';
import { RedisWitness } from '../../test/support/redis-witness.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect, type RedisClient } from './connect.js';
import { RedisRefused, type RedisState, RedisUnavailable, SharedRedis } from './shared-redis.js';

const RIGHTS = 'give the Redis user what stands under Rights in docs/operations.md';

describeWithRedis('the Redis of all replicas', () => {
  const server = new OwnRedis();
  let wire: TcpProxy;
  let redis: SharedRedis;
  let states: RedisState['status'][];
  let refusals: string[];
  let back: jest.Mock;

  const open = (url: string, rights: string[] = []): SharedRedis => {
    states = [];
    refusals = [];
    return new SharedRedis({
      client: connect(url),
      prefix: 'gateway',
      timeoutMs: 50,
      rights,
      onChange: ({ status }) => states.push(status),
      onRefusal: (cause) => refusals.push(cause),
    });
  };
  const untilItIs = (status: RedisState['status']): Promise<void> =>
    until(`Redis to be ${status}`, () => states.at(-1) === status);
  const untilItAnswers = async (): Promise<void> => {
    await untilItIs('ok');
    redis.onBack(back);
  };
  const set = (key: string) => (client: RedisClient) => client.set(redis.key(key), '1');
  /** What becomes of a command; a busy machine must not make it late. */
  const ask = <T>(work: (client: RedisClient) => Promise<T>): Promise<T> => redis.insist(work, 10_000);

  beforeAll(() => server.start());
  beforeEach(async () => {
    back = jest.fn();
    wire = new TcpProxy(server.port);
    await wire.start();
    redis = open(`redis://127.0.0.1:${wire.port}`);
    await untilItAnswers();
  });
  afterEach(async () => {
    redis.close();
    await wire.close();
  });
  afterAll(() => server.stop());

  describe('when asked for something that others can do without', () => {
    it('gives it', async () => {
      expect(await redis.run(set('here'))).toBe('OK');
      expect(await server.command('GET', 'gateway:here')).toBe('1');
    });

    it('is waited for no longer than its limit', async () => {
      wire.hold();
      await expect(redis.run(set('late'))).rejects.toThrow(/^no answer within 50 ms$/);
      expect(redis.state).toMatchObject({ status: 'ok', lastFailure: undefined });
    });

    it('is not asked at all while it is away', async () => {
      wire.hold();
      await redis.run(set('first')).catch(() => undefined);
      await until('it to be away', () => redis.isAway);
      const work = jest.fn(set('second'));
      await expect(redis.run(work)).rejects.toThrow(RedisUnavailable);
      expect(work).not.toHaveBeenCalled();
    });

    it('is not asked either while there is no connection', async () => {
      wire.refuse();
      await untilItIs('unavailable');
      const work = jest.fn(set('unsent'));
      await expect(redis.run(work)).rejects.toThrow(RedisUnavailable);
      expect(work).not.toHaveBeenCalled();
    });
  });

  describe('when asked for something that cannot be done without', () => {
    it('is asked again over a lost connection', async () => {
      const lost = new Promise<void>((resolve) => redis.onBack(resolve));
      wire.cut();
      expect(await redis.insist(set('insisted'))).toBe('OK');
      await lost;
    });

    it('is waited for as long as its limit, and asked once', async () => {
      wire.hold();
      const work = jest.fn(set('held'));
      await expect(redis.insist(work, 100)).rejects.toThrow(/^no answer within 100 ms$/);
      expect(work).toHaveBeenCalledTimes(1);
    });

    it('is not asked again for what it refuses', async () => {
      const work = jest.fn((client: RedisClient) => client.call('NONSENSE'));
      await expect(redis.insist(work, 10_000)).rejects.toThrow(RedisRefused);
      expect(work).toHaveBeenCalledTimes(1);
    });
  });

  describe('when it goes away', () => {
    it('is there all the while its answers come late', async () => {
      wire.delayMs = 400;
      await expect(redis.run(set('slow'))).rejects.toThrow(RedisUnavailable);
      // Probes are late, too.
      await until('a late answer', () => back.mock.calls.length > 0);
      expect(states).toEqual(['ok']);
    });

    it('is said to be after a second without a word, and back when a probe gets through', async () => {
      wire.hold();
      await redis.run(set('unheard')).catch(() => undefined);
      await untilItIs('unavailable');
      expect(redis.state.lastFailure).toMatch(/^no answer within \d+ ms$/);
      wire.heal();
      await untilItIs('ok');
      expect(back).toHaveBeenCalledTimes(1);
      expect(redis.isAway).toBe(false);
      expect(states).toEqual(['ok', 'unavailable', 'ok']);
      expect(await ask(set('again'))).toBe('OK');
    });

    it('is said to be at once when the connection is lost', async () => {
      wire.refuse();
      await untilItIs('unavailable');
      expect(redis.isAway).toBe(false);
      await until('the reason', () => redis.state.lastFailure !== undefined);
      wire.heal();
      await untilItIs('ok');
    });

    it('is not thought to be away because this process stands still', async () => {
      redis.close();
      redis = open(server.url);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      await untilItIs('ok');
      expect(states).toEqual(['ok']);
    });

    it('leaves no promise behind that nobody waits for', async () => {
      for (let time = 0; time < 3; time += 1) {
        const seen = back.mock.calls.length;
        void redis.run(set('cut off')).catch(() => undefined);
        wire.cut();
        await until('a new connection', () => back.mock.calls.length > seen);
      }
      expect(await ask(set('after all'))).toBe('OK');
    });
  });

  it('is sent nothing while all is well and nobody asks', async () => {
    const witness = await RedisWitness.of(server);
    try {
      expect(await ask(set('the last'))).toBe('OK');
      await witness.untilSilentFor(1);
    } finally {
      witness.close();
    }
  });

  it('tells who wants to know that its data may be lost', () => {
    const lost = jest.fn();
    redis.onLoss(lost);
    redis.reportLoss();
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('is known by its connection to who may not ask more', async () => {
    const { connectionId } = redis;
    wire.cut();
    await until('another connection', () => redis.connectionId !== connectionId);
    expect(redis.connectionId).toMatch(/^connection \d+$/);
  });

  describe('when it refuses one command', () => {
    const expectRefusal = async (work: (client: RedisClient) => Promise<unknown>, text: string): Promise<void> => {
      await expect(ask(work)).rejects.toThrow(RedisRefused);
      await expect(ask(work)).rejects.toThrow(RedisRefused);
      expect(refusals).toEqual([text]);
      expect(redis.state).toMatchObject({ status: 'ok', lastRefusal: text });
      expect(states).toEqual(['ok']);
    };
    const configure = (name: string, value: string) => server.command('CONFIG', 'SET', name, value);

    it('says that a key holds something else', async () => {
      await server.command('RPUSH', 'gateway:list', '1');
      await expectRefusal(
        (client) => client.get(redis.key('list')),
        'WRONGTYPE Operation against a key holding the wrong kind of value: a key of ours holds something of somebody else: set REDIS_PREFIX',
      );
      // Others go well.
      expect(await ask(set('another'))).toBe('OK');
    });

    it('says that it is full', async () => {
      await configure('maxmemory', '1');
      try {
        await expectRefusal(
          set('big'),
          "OOM command not allowed when used memory > 'maxmemory': Redis is full: raise maxmemory, or set maxmemory-policy allkeys-lru",
        );
      } finally {
        await configure('maxmemory', '0');
      }
      // Whoever has something left to tell it waits for that.
      await until('it to take it again', () => back.mock.calls.length > 0);
      expect(states).toEqual(['ok']);
    });

    it('says that it wants replicas', async () => {
      await configure('min-replicas-to-write', '1');
      try {
        await expectRefusal(
          set('unsafe'),
          'NOREPLICAS Not enough good replicas to write: Redis wants more replicas than it has (min-replicas-to-write)',
        );
      } finally {
        await configure('min-replicas-to-write', '0');
      }
    });

    it('says that a right is missing', async () => {
      await server.command('ACL', 'SETUSER', 'default', '-set');
      try {
        await expectRefusal(
          set('forbidden'),
          `NOPERM this user has no permissions to run the 'set' command: ${RIGHTS}`,
        );
      } finally {
        await server.command('ACL', 'SETUSER', 'default', '+@all');
      }
    });
  });

  it('says at the start which rights are missing, once', async () => {
    await server.command('ACL', 'SETUSER', 'poor', 'on', '>secret', '~gateway:*', '+@all', '-set', '-xgroup');
    redis.close();
    redis = open(`redis://poor:secret@127.0.0.1:${wire.port}`, ['get', 'set', 'eval', 'xgroup', 'not-known-here']);
    await untilItAnswers();
    await until('it to be told', () => refusals.length > 0);
    wire.cut();
    await until('another connection', () => back.mock.calls.length > 0);
    await expect(ask(set('forbidden'))).rejects.toThrow(RedisRefused);
    expect(refusals).toEqual([`NOPERM the user may not use set, xgroup: ${RIGHTS}`]);
  });

  describe('when it serves nobody', () => {
    let fake: Awaited<ReturnType<typeof startFakeRedis>>;
    beforeEach(async () => {
      fake = await startFakeRedis();
      redis.close();
      redis = open(fake.url);
    });
    afterEach(() => fake.close());

    it.each([
      ['LOADING Redis is loading the dataset in memory', /LOADING.*will answer when it is done/],
      ['NOAUTH Authentication required.', /NOAUTH.*put it into REDIS_URL/],
      ['BUSY Redis is busy running a script.', /BUSY/],
      ['CLUSTERDOWN Hash slot not served', /CLUSTERDOWN/],
      ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", /MASTERDOWN.*replica/],
    ])('and says %s, it is unavailable until it says something else', async (says, explained) => {
      fake.says = `-${says}`;
      await untilItIs('unavailable');
      expect(redis.state.lastFailure).toMatch(explained);
      expect(refusals).toEqual([]);
      fake.says = '*0';
      await untilItIs('ok');
      expect(redis.isAway).toBe(false);
    });
  });

  it('is connected to anew when another is the master now', async () => {
    const { connectionId } = redis;
    await server.command('REPLICAOF', '127.0.0.1', '1');
    try {
      await expect(redis.run(set('read only'))).rejects.not.toThrow(RedisRefused);
      await until('another connection', () => redis.connectionId !== connectionId);
      await untilItIs('unavailable');
      expect(redis.state.lastFailure).toMatch(/^READONLY.*must lead to the master$/);
    } finally {
      await server.command('REPLICAOF', 'NO', 'ONE');
    }
    await untilItIs('ok');
  });
});
