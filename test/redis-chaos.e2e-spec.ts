// Longer than most: the same two replicas go through every outage.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from './support/far-end.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';
import { TcpProxy } from './support/tcp-proxy.js';

const UNAVAILABLE = { status: 503, code: 'shared_state.unavailable', type: '/problems/shared-state-unavailable' };

describeWithRedis('a failing Redis', () => {
  const redis = new OwnRedis();
  let wire: TcpProxy;
  let fleet: Replicas;
  let here: Replica;
  let there: Replica;
  let path: string;
  let id: string;

  beforeAll(async () => {
    await redis.start();
    wire = new TcpProxy(redis.port);
    await wire.start();
    const url = `redis://127.0.0.1:${wire.port}`;
    fleet = await startReplicas([url, url]);
    [here, there] = fleet.replicas as [Replica, Replica];
  });
  beforeEach(async () => {
    const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'Shared', description: 'before' });
    ({ id } = json as { id: string });
    path = `/api/organizations/${id}`;
    await read(here);
    await read(there);
    fleet.sandbox.forget();
  });
  afterEach(async () => {
    wire.heal();
    await until('Redis to be used again', isUsed);
  });
  afterAll(async () => {
    await fleet.close();
    await wire.close();
    await redis.stop();
  });

  const read = async (replica: Replica) => (await replica.as()).get(path).expect(200);
  const calls = () => fleet.upstreamCalls().filter((call) => call === `GET ${path}`).length;
  const isUsed = async (): Promise<boolean> => {
    const states = await Promise.all(
      [here, there].flatMap(async (replica) => [
        (await replica.health('redis'))['status'] === 'ok',
        (await replica.health('cache'))['sync'] === 'synced',
      ]),
    );
    return states.flat().every(Boolean);
  };

  const writesSent = () => fleet.upstreamCalls().filter((call) => !call.startsWith('GET'));
  const keyedPost = async (replica: Replica, key: string) =>
    (await replica.as())
      .post('/api/organizations')
      .set('idempotency-key', key)
      .send({ name: `Keyed ${key}` });
  const conditionalWrites = async (replica: Replica) => {
    const client = await replica.as();
    return [
      () => client.patch(path).set('if-match', '*').send({ description: 'conditional' }),
      () => client.patch(path).set('content-type', 'application/merge-patch+json').send('{"customData":{"a":1}}'),
      () => client.delete(path).set('if-match', '*'),
    ];
  };

  /** A cached read, an uncached one, a write, and the read after it. */
  const useReplica = async (replica: Replica, round: number): Promise<void> => {
    const client = await replica.as();
    await client.get(path).expect(200);
    await client.get(`${path}/users?q=round${round}`).expect(200);
    await client
      .patch(path)
      .send({ description: `round ${round}` })
      .expect(200);
    expect((await read(replica)).body.description).toBe(`round ${round}`);
  };

  /** The replicas share cached replies, and see each other's writes. */
  const expectRecovery = async (): Promise<void> => {
    await read(here);
    await (await there.as()).patch(path).send({ description: 'healed' }).expect(200);
    expect((await read(here)).body.description).toBe('healed');
    expect((await read(there)).body.description).toBe('healed');
    await until('the replicas to share replies', async () => {
      fleet.sandbox.forget();
      return (await read(there)).body.description === 'healed' && calls() === 0;
    });
  };

  const outages: readonly (readonly [string, () => unknown, () => unknown])[] = [
    ['takes a second for each command', () => void (wire.delayMs = 1000), () => wire.heal()],
    ['refuses connections', () => wire.refuse(), () => wire.heal()],
    ['hangs', () => wire.hold(), () => wire.heal()],
    ['stops, and restarts empty', () => redis.stop(), () => redis.start()],
    ['is read-only', () => redis.command('REPLICAOF', '127.0.0.1', '1'), () => redis.command('REPLICAOF', 'NO', 'ONE')],
  ];

  describe.each(outages)('that %s', (_what, fail, heal) => {
    it('fails no read and no plain write, and is used again automatically', async () => {
      await fail();
      for (let round = 0; round < 10; round += 1) await useReplica(here, round);
      expect(writesSent()).toHaveLength(10);
      await heal();
      await until('Redis to be used again', isUsed);
      await expectRecovery();
    });

    it('makes the gateway refuse writes that depend on shared state', async () => {
      await fail();
      const key = randomUUID();
      const refused = [() => keyedPost(here, key), ...(await conditionalWrites(here)), () => keyedPost(here, key)];
      for (const send of refused) {
        const { status, headers, body } = await send();
        expect({ status, code: body.code, type: body.type }).toEqual(UNAVAILABLE);
        expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      }
      expect(writesSent()).toEqual([]);
      await read(here);
      await heal();
      await until('Redis to be used again', isUsed);
      // Nothing was sent, so the key may be used again.
      await until('the key to be free', async () => (await keyedPost(there, key)).status === 201);
      expect((await keyedPost(here, key)).headers['idempotent-replayed']).toBe('true');
      expect(writesSent()).toEqual(['POST /api/organizations']);
    });
  });

  it('that is emptied fails no request, and invalidates everything cached', async () => {
    const key = randomUUID();
    await redis.command('FLUSHALL');
    for (let round = 0; round < 10; round += 1) await useReplica(here, round);
    expect((await keyedPost(there, key)).status).toBe(201);
    for (const send of (await conditionalWrites(here)).slice(0, 2)) expect((await send()).status).toBe(200);
    await expectRecovery();
  });

  it('that is emptied hides no write, even one that no replica has read from the log yet', async () => {
    await (await here.as()).patch(path).send({ description: 'before it was emptied' }).expect(200);
    await redis.command('FLUSHALL');
    expect((await read(there)).body.description).toBe('before it was emptied');
    expect((await read(here)).body.description).toBe('before it was emptied');
  });

  it('that is down is reported in /health/ready and the metrics, and the gateway stays ready', async () => {
    const client = await here.as();
    wire.refuse();
    await until('the replica to notice', async () => (await here.health('redis'))['status'] === 'unavailable');
    await until('the replica to be alone', async () => (await here.health('cache'))['sync'] === 'alone');
    await client.get('/health/ready').expect(200);
    await client.patch(path).send({ description: 'unannounced' }).expect(200);
    const { text } = await client.get('/metrics').expect(200);
    expect(text).toContain('gateway_alone 1');
    expect(text).toMatch(/gateway_write_log_appends_total\{outcome="failed"\} [1-9]/);
    expect(text).toMatch(/gateway_write_log_owed [1-9]/);
    wire.heal();
    await until('Redis to be used again', isUsed);
    await until('no record to be pending', async () =>
      (await client.get('/metrics').expect(200)).text.includes('gateway_write_log_owed 0'),
    );
  });

  it('that is available again gets pending records before replicas trust their caches', async () => {
    wire.refuse();
    await until('both to notice', async () =>
      (await Promise.all([here.health('redis'), there.health('redis')])).every(
        ({ status }) => status === 'unavailable',
      ),
    );
    await (await here.as()).patch(path).send({ description: 'while it was away' }).expect(200);
    wire.heal();
    await until('Redis to be used again', isUsed);
    await until('the other to see the write', async () => (await read(there)).body.description === 'while it was away');
    expect((await read(here)).body.description).toBe('while it was away');
  });

  it('that is down limits cached replies to a second', async () => {
    wire.refuse();
    await until('the replica to notice', async () => (await there.health('cache'))['sync'] === 'alone');
    await (await here.as()).patch(path).send({ description: 'elsewhere' }).expect(200);
    await until('the other write to be seen', async () => (await read(there)).body.description === 'elsewhere');
  });
});

describeWithRedis('a failing Redis, with WRITES_WITHOUT_REDIS=refuse', () => {
  const redis = new OwnRedis();
  let wire: TcpProxy;
  let fleet: Replicas;
  let replica: Replica;
  beforeAll(async () => {
    await redis.start();
    wire = new TcpProxy(redis.port);
    await wire.start();
    fleet = await startReplicas([`redis://127.0.0.1:${wire.port}`], { WRITES_WITHOUT_REDIS: 'refuse' });
    [replica] = fleet.replicas as [Replica];
  });
  afterAll(async () => {
    await fleet.close();
    await wire.close();
    await redis.stop();
  });

  it('makes the gateway refuse all writes, invalidates nothing, and allows writes when it is available again', async () => {
    const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'Refused' });
    const path = `/api/organizations/${(json as { id: string }).id}`;
    const client = await replica.as();
    const { headers } = await client.get(path).expect(200);
    wire.refuse();
    fleet.sandbox.forget();
    const writes = [
      () => client.patch(path).send({ description: 'refused' }),
      () => client.post('/api/organizations').send({ name: 'Refused' }),
      () => client.put(`${path}/users`).send({ userIds: [] }),
      () => client.delete(path),
    ];
    for (const send of writes) {
      const answer = await send();
      expect({ status: answer.status, code: answer.body.code, type: answer.body.type }).toEqual(UNAVAILABLE);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    expect(fleet.upstreamCalls().filter((call) => !call.startsWith('GET'))).toEqual([]);
    expect((await client.get(path).expect(200)).headers['etag']).toBe(headers['etag']);
    wire.heal();
    await replica.untilSynced();
    await client.patch(path).send({ description: 'taken' }).expect(200);
    expect((await client.get(path).expect(200)).body.description).toBe('taken');
  });
});
