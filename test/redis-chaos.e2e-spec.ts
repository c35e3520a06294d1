import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';
import { TcpProxy } from './support/tcp-proxy.js';

/** What a request may take longer because of Redis. */
const LONGER_MS = 100;

describeWithRedis('a Redis that is ill', () => {
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
        (await replica.health('cache'))['hearsOthers'] === true,
      ]),
    );
    return states.flat().every(Boolean);
  };

  /** One read of what is remembered, one of what is not, one write and the read after it; how long each took. */
  const useIt = async (replica: Replica, round: number): Promise<number[]> => {
    const client = await replica.as();
    const took: number[] = [];
    const timed = async (work: () => PromiseLike<unknown>) => {
      const startedAt = performance.now();
      await work();
      took.push(performance.now() - startedAt);
    };
    await timed(() => client.get(path).expect(200));
    await timed(() => client.get(`${path}/users?q=round${round}`).expect(200));
    await timed(() =>
      client
        .patch(path)
        .send({ description: `round ${round}` })
        .expect(200),
    );
    await timed(async () => {
      const { body } = await client.get(path).expect(200);
      expect(body.description).toBe(`round ${round}`);
    });
    return took;
  };

  /** As often as in the illness: the slowest of forty on a busy machine is slower than the slowest of four. */
  const calmly = async (): Promise<number> => {
    const took: number[] = [];
    for (let round = 0; round < 10; round++) took.push(...(await useIt(here, round)));
    return Math.max(...took);
  };

  const ills: readonly (readonly [string, () => unknown, () => unknown])[] = [
    ['takes a second for each command', () => void (wire.delayMs = 1000), () => wire.heal()],
    ['refuses connections', () => wire.refuse(), () => wire.heal()],
    ['hangs', () => wire.hold(), () => wire.heal()],
    ['restarts', () => redis.stop(), () => redis.start()],
    ['is emptied', () => redis.command('FLUSHALL'), () => undefined],
    [
      'can only be read',
      () => redis.command('REPLICAOF', '127.0.0.1', '1'),
      () => redis.command('REPLICAOF', 'NO', 'ONE'),
    ],
  ];

  it.each(ills)('and %s fails no request and holds none up, and is used again by itself', async (_what, harm, heal) => {
    const calm = await calmly();
    await harm();
    const took: number[] = [];
    for (let round = 10; round < 20; round++) took.push(...(await useIt(here, round)));
    expect(Math.max(...took)).toBeLessThan(calm + LONGER_MS);
    await heal();
    await until('Redis to be used again', isUsed);

    // Full function: what one replica reads the other has, and what one writes the other sees.
    const { headers } = await read(here);
    expect(headers['cache-status']).toMatch(/^org-gateway;/);
    await (await there.as()).patch(path).send({ description: 'healed' }).expect(200);
    expect((await read(here)).body.description).toBe('healed');
    fleet.sandbox.forget();
    expect((await read(there)).body.description).toBe('healed');
    expect(calls()).toBe(0);
  });

  it('and away is said at /health/ready and counted, and the gateway stays ready', async () => {
    wire.refuse();
    await until('the replica to notice', async () => (await here.health('redis'))['status'] === 'unavailable');
    expect(await here.health('cache')).toMatchObject({ hearsOthers: false });
    const client = await here.as();
    await client.get('/health/ready').expect(200);
    await read(here);
    const { text } = await client.get('/metrics').expect(200);
    expect(text).toMatch(/gateway_cache_shared_reads_total\{outcome="unavailable"\} \d/);
    expect(text).toMatch(/gateway_cache_writes_told_total\{outcome="untold"\} \d/);
  });

  it('and away is told of writes when it is back, before anybody believes what it kept', async () => {
    wire.refuse();
    await until('both to notice', async () =>
      (await Promise.all([here.health('redis'), there.health('redis')])).every(
        ({ status }) => status === 'unavailable',
      ),
    );
    await (await here.as()).patch(path).send({ description: 'while it was away' }).expect(200);
    wire.heal();
    await until('Redis to be used again', isUsed);
    expect((await read(there)).body.description).toBe('while it was away');
    expect((await read(here)).body.description).toBe('while it was away');
  });

  it('makes memory count for a moment only while nothing is heard of others', async () => {
    wire.refuse();
    await until('the replica to notice', async () => (await there.health('cache'))['hearsOthers'] === false);
    await (await here.as()).patch(path).send({ description: 'elsewhere' }).expect(200);
    await until('the other write to be seen', async () => (await read(there)).body.description === 'elsewhere', 1500);
  });
});
