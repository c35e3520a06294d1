import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { describeWithRedis, OwnRedis } from '../../test/support/redis.js';
import { calls, RedisWitness } from '../../test/support/redis-witness.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from './connect.js';
import { type Lease, type LeaseOptions, Leases, type Taken } from './lease.js';
import { RELEASE } from './scripts/lease.js';
import { SharedRedis } from './shared-redis.js';
import { RedisUnavailable } from '../core/faults.js';

/** Longer than a test. */
const LONG_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A replica whose connection uses real time, and whose leases use a clock of the test. */
class Replica {
  readonly clock = new ManualClock();
  readonly leases: Leases;
  private constructor(
    readonly wire: TcpProxy,
    readonly redis: SharedRedis,
  ) {
    this.leases = new Leases(redis, this.clock);
  }

  static async start(server: OwnRedis): Promise<Replica> {
    const wire = new TcpProxy(server.port);
    await wire.start();
    const client = connect(`redis://127.0.0.1:${wire.port}`);
    const replica = new Replica(wire, new SharedRedis({ client, prefix: 'test', timeoutMs: 1000 }));
    await replica.untilAvailable();
    return replica;
  }

  untilAvailable(): Promise<void> {
    return until('Redis to answer', () => this.redis.state.status === 'ok');
  }

  async stop(): Promise<void> {
    this.redis.close();
    await this.wire.close();
  }
}

const mustBeHeld = (taken: Lease | Taken): Lease => {
  if ('found' in taken) throw new Error(`taken: ${taken.found}`);
  return taken;
};

describeWithRedis('leases', () => {
  const server = new OwnRedis();
  let here: Replica;
  let there: Replica;
  let newcomer: Replica | undefined;

  beforeAll(() => server.start());
  beforeEach(async () => {
    [here, there] = await Promise.all([Replica.start(server), Replica.start(server)]);
    await server.command('FLUSHALL');
    await here.leases.begin();
    await endGracePeriod();
  });
  afterEach(async () => {
    await Promise.all([here.stop(), there.stop(), newcomer?.stop()]);
    newcomer = undefined;
  });
  afterAll(() => server.stop());

  const take = (replica: Replica, name: string, more: Partial<LeaseOptions> = {}) =>
    replica.leases.take(name, { ttlMs: LONG_MS, note: `of ${name}`, strict: true, ...more });
  /** Sets when the grace period started. It lasts half a second. */
  const startGracePeriod = async (agoMs: number): Promise<void> => {
    await server.command('HSET', here.redis.slotKey('history'), 'since', String(Date.now() - agoMs));
  };
  const endGracePeriod = (): Promise<void> => startGracePeriod(HOUR_MS);
  const keyOf = (name: string): string => here.redis.slotKey('lease', name);
  const isThere = async (name: string): Promise<boolean> => (await server.command('EXISTS', keyOf(name))) === 1;

  it.each([true, false])('have one holder, and another one after the release (strict: %s)', async (strict) => {
    const name = `once ${strict}`;
    const lease = mustBeHeld(await take(here, name, { strict }));
    expect(await take(there, name, { strict })).toEqual({ found: `of ${name}` });
    expect(await take(here, name, { strict })).toEqual({ found: `of ${name}` });
    mustBeHeld(await take(there, `another ${strict}`, { strict }));
    expect(await lease.isHeld()).toBe(true);
    await lease.release();
    mustBeHeld(await take(there, name, { strict }));
  });

  it('tell on release whether somebody waits', async () => {
    expect(await mustBeHeld(await take(here, 'wanted')).release()).toBe(false);
    const wanted = mustBeHeld(await take(here, 'wanted'));
    await take(there, 'wanted');
    expect(await wanted.release()).toBe(false);
    const awaited = mustBeHeld(await take(here, 'wanted'));
    await take(there, 'wanted', { waits: true });
    await take(there, 'wanted', { waits: true });
    expect(await awaited.isHeld()).toBe(true);
    expect(await awaited.release()).toBe(true);
    expect(await mustBeHeld(await take(here, 'wanted')).release()).toBe(false);
  });

  it('are renewed by a heartbeat if they are strict', async () => {
    const lease = mustBeHeld(await take(here, 'renewed'));
    await server.command('PEXPIRE', keyOf('renewed'), '5000');
    await here.clock.advance(200);
    await until('it to be renewed', async () => Number(await server.command('PTTL', keyOf('renewed'))) > 5000);
    expect(await lease.isHeld()).toBe(true);
    await lease.release();
    expect(here.clock.waiting).toBe(0);
  });

  it('are not held any more once Redis has lost them, and their last holder takes nothing from the next', async () => {
    const lease = mustBeHeld(await take(here, 'lost'));
    await server.command('DEL', keyOf('lost'));
    expect(await lease.isHeld()).toBe(false);
    const next = mustBeHeld(await take(there, 'lost'));
    expect(await lease.isHeld()).toBe(false);
    expect(await lease.release()).toBe(false);
    await lease.replace('too late', LONG_MS);
    expect(await next.isHeld()).toBe(true);
  });

  describe('with a value in their place', () => {
    it('are replaced by the value', async () => {
      const lease = mustBeHeld(await take(here, 'answered'));
      await lease.replace('the answer!', LONG_MS);
      expect(await take(there, 'answered')).toEqual({ found: 'the answer!' });
    });

    it('are replaced even after they were lost', async () => {
      const lease = mustBeHeld(await take(here, 'lost and answered'));
      await server.command('DEL', keyOf('lost and answered'));
      await lease.replace('the answer', LONG_MS);
      expect(await take(there, 'lost and answered')).toEqual({ found: 'the answer' });
    });

    it.each<[string, (lease: Lease) => Promise<unknown>, string | null]>([
      ['released', (lease) => lease.release(), null],
      ['replaced', (lease) => lease.replace('the answer', LONG_MS), 'the answer'],
    ])('are %s again when a failover has lost it', async (how, end, left) => {
      const lease = mustBeHeld(await take(here, how));
      const held = String(await server.command('GET', keyOf(how)));
      await end(lease);
      // The state that the new master has.
      await server.command('SET', keyOf(how), held);
      here.redis.reportDataLoss();
      await until('the command to be repeated', async () => (await server.command('GET', keyOf(how))) !== held);
      const value = await server.command('GET', keyOf(how));
      expect(value === null ? null : String(value).split(' ').slice(1).join(' ')).toBe(left);
    });

    it('are restored after Redis has lost the value, unless the name is taken', async () => {
      await here.leases.restore('restored', 'the answer', LONG_MS);
      await there.leases.restore('restored', 'another answer', LONG_MS);
      expect(await take(there, 'restored')).toEqual({ found: 'the answer' });
    });
  });

  describe('while Redis is down', () => {
    const goAway = async (replica: Replica): Promise<void> => {
      replica.wire.refuse();
      await until('Redis to be down', () => replica.redis.isDown);
    };

    it('cannot be taken, and nothing is pending for commands that were never sent', async () => {
      await goAway(here);
      const takes = Array.from({ length: 20 }, (_, index) => take(here, `unsent ${index}`));
      for (const outcome of await Promise.allSettled(takes)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(RedisUnavailable) });
      }
      const witness = await RedisWitness.of(server);
      try {
        const sent = await witness.during(async () => {
          here.wire.heal();
          await here.untilAvailable();
          mustBeHeld(await take(here, 'after'));
        });
        expect(sent.filter(calls(RELEASE))).toEqual([]);
      } finally {
        witness.close();
      }
    });

    it('are released when Redis is available again', async () => {
      const lease = mustBeHeld(await take(here, 'pending'));
      await goAway(here);
      expect(await lease.release()).toBe(false);
      expect(await isThere('pending')).toBe(true);
      here.wire.heal();
      await until('it to be free', async () => !(await isThere('pending')));
    });

    it('are replaced when Redis is available again', async () => {
      const lease = mustBeHeld(await take(here, 'answer pending'));
      await goAway(here);
      await lease.replace('the answer', LONG_MS);
      here.wire.heal();
      await until('the replacement', async () =>
        String(await server.command('GET', keyOf('answer pending'))).includes('the'),
      );
      expect(await take(there, 'answer pending')).toEqual({ found: 'the answer' });
    });
  });

  it('are released, and replaced, when Redis accepts writes again', async () => {
    const [lease, answered] = [mustBeHeld(await take(here, 'refused')), mustBeHeld(await take(here, 'answer refused'))];
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    try {
      expect(await lease.release()).toBe(false);
      await answered.replace('the answer', LONG_MS);
      expect(await isThere('refused')).toBe(true);
    } finally {
      await server.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    }
    await until('it to be free', async () => !(await isThere('refused')));
    expect(await take(there, 'answer refused')).toEqual({ found: 'the answer' });
  });

  it.each([true, false])('are released when the reply to their holder was lost (strict: %s)', async (strict) => {
    const name = `unheard ${strict}`;
    // Redis performs commands without replying.
    void here.redis.run((client) => client.call('CLIENT', 'REPLY', 'OFF')).catch(() => undefined);
    await expect(take(here, name, { strict })).rejects.toThrow(RedisUnavailable);
    expect(await isThere(name)).toBe(true);
    await until('the release', async () => !(await isThere(name)));
    await here.untilAvailable();
    mustBeHeld(await take(there, name, { strict }));
  });

  it('are recognized as one’s own when the reply was lost with the connection', async () => {
    void here.redis.run((client) => client.call('CLIENT', 'REPLY', 'OFF')).catch(() => undefined);
    const taking = take(here, 'reply lost');
    await until('it to be taken', () => isThere('reply lost'));
    here.wire.cut();
    expect(await mustBeHeld(await taking).isHeld()).toBe(true);
  });

  describe('when Redis', () => {
    const failOver = async (lost: string): Promise<void> => {
      await server.command('REPLICAOF', '127.0.0.1', '1');
      await server.command('REPLICAOF', 'NO', 'ONE');
      // The last write was not replicated to the new master.
      await server.command('DEL', lost);
    };
    const restart = async (): Promise<void> => {
      await server.stop();
      await server.start();
    };
    const cutOff = async (...replicas: Replica[]): Promise<void> => {
      for (const { wire } of replicas) wire.refuse();
      await until('the connections to be lost', () => replicas.every(({ redis }) => redis.state.status !== 'ok'));
    };
    const reconnect = async (replica: Replica): Promise<void> => {
      replica.wire.heal();
      await replica.untilAvailable();
    };

    it.each([
      ['was restarted', restart],
      ['was emptied', () => server.command('FLUSHALL')],
      ['failed over, and lost what was written last', failOver],
    ])('%s, are reclaimed by their holders before anybody gets a new one', async (what, happen) => {
      const [mine, others, fresh] = [`mine when it ${what}`, `others when it ${what}`, `new when it ${what}`];
      const lease = mustBeHeld(await take(here, mine));
      const other = mustBeHeld(await take(there, others));
      await cutOff(here, there);
      await happen(keyOf(mine));
      const late = (newcomer = await Replica.start(server));
      const taking = take(late, fresh);
      const stealing = take(late, mine);
      await until('both to wait for the grace period', () => late.clock.waiting === 2);
      // The grace period does not end during this test.
      await startGracePeriod(-LONG_MS);
      await Promise.all([reconnect(here), reconnect(there)]);
      await until('all to have reclaimed their leases', async () => (await isThere(mine)) && (await isThere(others)));
      expect(await isThere(fresh)).toBe(false);
      await endGracePeriod();
      await late.clock.advance(LONG_MS + 1000);
      mustBeHeld(await taking);
      expect(await stealing).toEqual({ found: `of ${mine}` });
      expect(await lease.isHeld()).toBe(true);
      expect(await other.isHeld()).toBe(true);
      await Promise.all([lease.release(), other.release()]);
    });

    it('was emptied, are not reclaimed after their TTL', async () => {
      const lease = mustBeHeld(await take(here, 'overdue', { ttlMs: LONG_MS }));
      await cutOff(here);
      await here.clock.advance(LONG_MS);
      await server.command('FLUSHALL');
      await there.leases.begin();
      await reconnect(here);
      await startGracePeriod(0);
      expect(await lease.isHeld()).toBe(false);
      await endGracePeriod();
      mustBeHeld(await take(there, 'overdue'));
      expect(await lease.isHeld()).toBe(false);
    });

    it('was restarted, are granted at once if they are not strict', async () => {
      await cutOff(here, there);
      await restart();
      await reconnect(there);
      const strict = take(there, 'waits');
      await until('it to wait for the grace period', () => there.clock.waiting === 1);
      mustBeHeld(await take(there, 'saves work', { strict: false }));
      expect(await isThere('waits')).toBe(false);
      await endGracePeriod();
      await there.clock.advance(1000);
      mustBeHeld(await strict);
    });
  });

  it('need no replication id when another user has stored it', async () => {
    await server.command('ACL', 'SETUSER', 'default', '-info');
    try {
      // There is no new grace period.
      const since = await server.command('HGET', here.redis.slotKey('history'), 'since');
      mustBeHeld(await take(here, 'without'));
      await server.command('ACL', 'SETUSER', 'default', '+info');
      mustBeHeld(await take(here, 'with'));
      expect(await server.command('HGET', here.redis.slotKey('history'), 'since')).toBe(since);
    } finally {
      await server.command('ACL', 'SETUSER', 'default', '+@all');
    }
  });
});
