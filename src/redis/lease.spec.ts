import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, OwnRedis } from '../../test/support/redis.js';
import { calls, RedisWitness } from '../../test/support/redis-witness.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from './connect.js';
import { type Lease, type LeaseOptions, Leases, type Taken } from './lease.js';
import { RELEASE } from './scripts/lease.js';
import { RedisUnavailable, SharedRedis } from './shared-redis.js';

/** Longer than a test. */
const LONG_MS = 60_000;

class Replica {
  readonly leases: Leases;
  private constructor(
    readonly wire: TcpProxy,
    readonly redis: SharedRedis,
  ) {
    this.leases = new Leases(redis);
  }

  static async start(server: OwnRedis): Promise<Replica> {
    const wire = new TcpProxy(server.port);
    await wire.start();
    const client = connect(`redis://127.0.0.1:${wire.port}`);
    const replica = new Replica(wire, new SharedRedis({ client, prefix: 'test', timeoutMs: 1000 }));
    await replica.untilBack();
    return replica;
  }

  untilBack(): Promise<void> {
    return until('Redis to answer', () => this.redis.state.status === 'ok');
  }

  async stop(): Promise<void> {
    this.redis.close();
    await this.wire.close();
  }
}

const mustBeHeld = (taken: Lease | Taken): Lease => {
  if ('found' in taken) throw new Error(`somebody else has it: ${taken.found}`);
  return taken;
};

describeWithRedis('leases', () => {
  const server = new OwnRedis();
  let here: Replica;
  let there: Replica;

  beforeAll(() => server.start());
  beforeEach(async () => {
    [here, there] = await Promise.all([Replica.start(server), Replica.start(server)]);
    // All have settled when it is granted.
    await mustBeHeld(await here.leases.take('first', { ttlMs: 1000, protects: true })).release();
  });
  afterEach(async () => {
    await Promise.all([here.stop(), there.stop()]);
  });
  afterAll(() => server.stop());

  const take = (replica: Replica, name: string, more: Partial<LeaseOptions> = {}) =>
    replica.leases.take(name, { ttlMs: LONG_MS, note: `of ${name}`, protects: true, ...more });
  const keyOf = (name: string): string => here.redis.slotKey('lease', name);
  const isThere = async (name: string): Promise<boolean> => (await server.command('EXISTS', keyOf(name))) === 1;

  it.each([true, false])('are had by one, and by the next when given back (protecting: %s)', async (protects) => {
    const name = `once ${protects}`;
    const lease = mustBeHeld(await take(here, name, { protects }));
    expect(await take(there, name, { protects })).toEqual({ found: `of ${name}` });
    expect(await take(here, name, { protects })).toEqual({ found: `of ${name}` });
    mustBeHeld(await take(there, `another ${protects}`, { protects }));
    expect(await lease.isHeld()).toBe(true);
    await lease.release();
    mustBeHeld(await take(there, name, { protects }));
  });

  it('are given back with word of whether somebody waits', async () => {
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

  it('are held anew while their holder lives, if they protect something', async () => {
    const lease = mustBeHeld(await take(here, 'renewed'));
    await server.command('PEXPIRE', keyOf('renewed'), '5000');
    await until('it to be renewed', async () => Number(await server.command('PTTL', keyOf('renewed'))) > 5000);
    expect(await lease.isHeld()).toBe(true);
  });

  it('are lost by a holder that is not heard of, who then knows, and takes nothing from the next', async () => {
    const lease = mustBeHeld(await take(here, 'lost'));
    await server.command('DEL', keyOf('lost'));
    expect(await lease.isHeld()).toBe(false);
    const next = mustBeHeld(await take(there, 'lost'));
    expect(await lease.isHeld()).toBe(false);
    expect(await lease.release()).toBe(false);
    await lease.replace('too late', LONG_MS);
    expect(await next.isHeld()).toBe(true);
  });

  describe('when something is to stay in their place', () => {
    it('are replaced by it', async () => {
      const lease = mustBeHeld(await take(here, 'answered'));
      await lease.replace('the answer!', LONG_MS);
      expect(await take(there, 'answered')).toEqual({ found: 'the answer!' });
    });

    it('are replaced though they were lost', async () => {
      const lease = mustBeHeld(await take(here, 'lost and answered'));
      await server.command('DEL', keyOf('lost and answered'));
      await lease.replace('the answer', LONG_MS);
      expect(await take(there, 'lost and answered')).toEqual({ found: 'the answer' });
    });

    it.each<[string, (lease: Lease) => Promise<unknown>, string | null]>([
      ['released', (lease) => lease.release(), null],
      ['replaced', (lease) => lease.replace('the answer', LONG_MS), 'the answer'],
    ])('are %s again when a failover has lost that they were', async (how, end, left) => {
      const lease = mustBeHeld(await take(here, how));
      const held = String(await server.command('GET', keyOf(how)));
      await end(lease);
      // As the replica knew it that is the master now.
      await server.command('SET', keyOf(how), held);
      here.redis.reportLoss();
      await until('it has ended again', async () => (await server.command('GET', keyOf(how))) !== held);
      const value = await server.command('GET', keyOf(how));
      expect(value === null ? null : String(value).split(' ').slice(1).join(' ')).toBe(left);
    });

    it('let it be put back that Redis lost, unless something is there again', async () => {
      await here.leases.restore('restored', 'the answer', LONG_MS);
      await there.leases.restore('restored', 'another answer', LONG_MS);
      expect(await take(there, 'restored')).toEqual({ found: 'the answer' });
    });
  });

  describe('while Redis is away', () => {
    const goAway = async (replica: Replica): Promise<void> => {
      replica.wire.refuse();
      await until('Redis to be away', () => replica.redis.isAway);
    };

    it('cannot be had, and nothing is owed that was never sent', async () => {
      await goAway(here);
      const takes = Array.from({ length: 20 }, (_, index) => take(here, `unsent ${index}`));
      for (const outcome of await Promise.allSettled(takes)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(RedisUnavailable) });
      }
      const witness = await RedisWitness.of(server);
      try {
        const sent = await witness.during(async () => {
          here.wire.heal();
          await here.untilBack();
          mustBeHeld(await take(here, 'after'));
        });
        expect(sent.filter(calls(RELEASE))).toEqual([]);
      } finally {
        witness.close();
      }
    });

    it('are given back when it is there again', async () => {
      const lease = mustBeHeld(await take(here, 'owed'));
      await goAway(here);
      expect(await lease.release()).toBe(false);
      expect(await isThere('owed')).toBe(true);
      here.wire.heal();
      await until('it to be free', async () => !(await isThere('owed')));
    });

    it('are replaced when it is there again', async () => {
      const lease = mustBeHeld(await take(here, 'answer owed'));
      await goAway(here);
      await lease.replace('the answer', LONG_MS);
      here.wire.heal();
      await until('it to be told', async () =>
        String(await server.command('GET', keyOf('answer owed'))).includes('the'),
      );
      expect(await take(there, 'answer owed')).toEqual({ found: 'the answer' });
    });
  });

  it('are given back, and replaced, when Redis takes again what it refused', async () => {
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

  it.each([true, false])('are not left to anybody whose answer was lost (protecting: %s)', async (protects) => {
    const name = `unheard ${protects}`;
    // Redis does what it is told, and says nothing.
    void here.redis.run((client) => client.call('CLIENT', 'REPLY', 'OFF')).catch(() => undefined);
    await expect(take(here, name, { protects })).rejects.toThrow(RedisUnavailable);
    expect(await isThere(name)).toBe(true);
    await until('it to be given back', async () => !(await isThere(name)));
    await here.untilBack();
    mustBeHeld(await take(there, name, { protects }));
  });

  it('are found to be one’s own when the answer was lost with the connection', async () => {
    void here.redis.run((client) => client.call('CLIENT', 'REPLY', 'OFF')).catch(() => undefined);
    const taking = take(here, 'retold');
    await until('it to be taken', () => isThere('retold'));
    here.wire.cut();
    expect(await mustBeHeld(await taking).isHeld()).toBe(true);
  });

  describe('when Redis', () => {
    const failOver = async (lost: string): Promise<void> => {
      await server.command('REPLICAOF', '127.0.0.1', '1');
      await server.command('REPLICAOF', 'NO', 'ONE');
      // Written last, and not passed on to the next master in time.
      await server.command('DEL', lost);
    };
    const restart = async (): Promise<void> => {
      await server.stop();
      await server.start();
    };

    it.each([
      ['was restarted', restart],
      ['was emptied', () => server.command('FLUSHALL')],
      ['failed over, and lost what was written last', failOver],
    ])('%s, are taken again by who had them before anybody gets a new one', async (what, happen) => {
      const [mine, others, fresh] = [`mine when it ${what}`, `others when it ${what}`, `new when it ${what}`];
      const lease = mustBeHeld(await take(here, mine));
      const other = mustBeHeld(await take(there, others));
      await happen(keyOf(mine));
      await there.untilBack();
      const order: string[] = [];
      const taking = take(there, fresh).then(() => order.push('new'));
      const stealing = take(there, mine);
      await until('all to have their own again', async () => (await isThere(mine)) && (await isThere(others)));
      order.push('again');
      await taking;
      expect(order).toEqual(['again', 'new']);
      expect(await stealing).toEqual({ found: `of ${mine}` });
      expect(await lease.isHeld()).toBe(true);
      expect(await other.isHeld()).toBe(true);
      await Promise.all([lease.release(), other.release()]);
    });

    it('was emptied, are not taken again by who had them too long ago', async () => {
      const lease = mustBeHeld(await take(here, 'overdue', { ttlMs: 400 }));
      here.wire.hold();
      await until('it to expire', async () => !(await isThere('overdue')));
      await server.command('FLUSHALL');
      // Settling begins with this one.
      const next = take(there, 'overdue');
      here.wire.heal();
      await here.untilBack();
      expect(await lease.isHeld()).toBe(false);
      mustBeHeld(await next);
      expect(await lease.isHeld()).toBe(false);
    });

    it('was restarted, wait for nobody if they only save work', async () => {
      const granted: string[] = [];
      await restart();
      await there.untilBack();
      const protecting = take(there, 'waits').then(() => granted.push('protecting'));
      mustBeHeld(await take(there, 'saves work', { protects: false }));
      granted.push('saving work');
      await protecting;
      expect(granted).toEqual(['saving work', 'protecting']);
    });
  });

  it('are of one mind with who may not ask whose data these are', async () => {
    await server.command('ACL', 'SETUSER', 'default', '-info');
    try {
      // Nobody has to settle again.
      const sent = await server.command('HGET', here.redis.slotKey('history'), 'since');
      mustBeHeld(await take(here, 'without'));
      await server.command('ACL', 'SETUSER', 'default', '+info');
      mustBeHeld(await take(here, 'with'));
      expect(await server.command('HGET', here.redis.slotKey('history'), 'since')).toBe(sent);
    } finally {
      await server.command('ACL', 'SETUSER', 'default', '+@all');
    }
  });
});
