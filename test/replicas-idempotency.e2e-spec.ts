// Longer than most: it covers keys at two replicas, also when a process crashes or Redis loses its data.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { until } from './support/far-end.js';
import { describeWithRedis, OwnRedis, REDIS_URL } from './support/redis.js';
import { startProcess, transpile } from './support/start-process.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';

describeWithRedis('Idempotency-Key at two replicas with one Redis', () => {
  let replicas: Replicas;
  let replica: Replica;
  let one: Awaited<ReturnType<Replica['as']>>;
  let other: typeof one;

  const prefix = `test:${randomUUID()}`;
  /** Makes the records in Redis a minute older. */
  const ageByAMinute = async (): Promise<void> => {
    const client = new Redis(REDIS_URL);
    try {
      for (const name of await client.keys(`${prefix}:{shared}:lease:key:*`)) {
        const value = (await client.get(name)) ?? '';
        const earlier = value.replace(/ (\d{13})\n/, (_time, since) => ` ${Number(since) - 60_001}\n`);
        await client.set(name, earlier, 'KEEPTTL');
      }
    } finally {
      client.disconnect();
    }
  };

  beforeAll(async () => {
    // Redis may be slow on a busy machine. Other tests cover what happens without it.
    replicas = await startReplicas([REDIS_URL, REDIS_URL], { REDIS_PREFIX: prefix, REDIS_TIMEOUT_MS: '1000' });
    const [first, second] = replicas.replicas;
    if (!first || !second) throw new Error('two were started');
    replica = second;
    [one, other] = await Promise.all([first.as(), second.as()]);
  });
  afterEach(() => {
    replicas.sandbox.latencyMs = 0;
    replicas.sandbox.faults.clear();
  });
  afterAll(() => replicas.close());

  const create = (client: typeof one, key: string, name: string) =>
    client.post('/api/organizations').set('idempotency-key', key).send({ name });
  const named = async (name: string): Promise<unknown[]> =>
    (await replicas.tokens.api('GET', `/api/organizations?q=${name}`)).json as unknown[];

  it('creates one organization for twenty concurrent requests', async () => {
    replicas.sandbox.latencyMs = 30;
    const key = randomUUID();
    const name = `Raced-${key}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(index % 2 ? one : other, key, name)),
    );
    const first = answers.filter(
      ({ status, headers }) => status === 201 && headers['idempotent-replayed'] === undefined,
    );
    expect(first).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'idempotency.in_progress' });
    }
    expect(await named(name)).toHaveLength(1);
  });

  it('replays the answer of the other replica: status, body, Location, ETag', async () => {
    const key = randomUUID();
    const first = await create(one, key, 'Told').expect(201);
    const again = await create(other, key, 'Told').expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.headers['etag']).toBe(first.headers['etag']);
    expect(again.headers['location']).toMatch(new RegExp(`/api/organizations/${first.body.id}$`));
    const reused = await create(other, key, 'Another').expect(422);
    expect(reused.body.code).toBe('idempotency.key_reused');
  });

  it('replays a rejection with all its errors', async () => {
    const key = randomUUID();
    const first = await create(one, key, '').expect(400);
    const again = await create(other, key, '').expect(400);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });

  it('replays a failure on both when the write may have taken effect', async () => {
    const key = randomUUID();
    replicas.sandbox.faults.add({ method: 'POST', path: /organizations/, status: 500, times: 1 });
    const first = await create(one, key, 'Failed').expect(502);
    const second = await create(other, key, 'Failed').expect(502);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect({ ...second.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });

  it('may be used again on both when Logto did not process the request', async () => {
    const key = randomUUID();
    replicas.sandbox.faults.add({ method: 'POST', path: /organizations/, status: 403, times: 1 });
    await create(one, key, 'Refused').expect(502);
    const second = await create(other, key, 'Refused').expect(201);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('is another key for another caller', async () => {
    const key = randomUUID();
    const first = await create(one, key, 'Mine').expect(201);
    const { owner } = replicas.sandbox.demo.users;
    const member = await replicas.tokens.organization('fernweh00000', owner);
    const others = await (
      await replica.as(member)
    )
      .post('/api/organizations/fernweh00000/users')
      .set('idempotency-key', key)
      .send({ userIds: [owner] })
      .expect(201);
    expect(others.headers).not.toHaveProperty('idempotent-replayed');
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('survives a restart', async () => {
    const key = randomUUID();
    const first = await create(other, key, 'Kept').expect(201);
    await replica.stop();
    await replica.start();
    const again = await create(await replica.as(), key, 'Kept').expect(201);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers['idempotent-replayed']).toBe('true');
  });

  it('stays claimed when the process of the first request crashed, because its outcome is unknown', async () => {
    const program = transpile();
    const crashing = await startProcess(program.main, { env: { ...replicas.settings, REDIS_URL, LOG_LEVEL: 'error' } });
    const key = randomUUID();
    const body = { name: 'Orphaned' };
    replicas.sandbox.forget();
    replicas.sandbox.faults.add({ method: 'POST', path: /organizations/, hang: true });
    const lost = fetch(`${crashing.url()}/api/organizations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await replicas.tokens.service()}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    }).catch(() => undefined);
    await until('the request to reach Logto', () => replicas.upstreamCalls().includes('POST /api/organizations'));
    crashing.child.kill('SIGKILL');
    await crashing.ended;
    await lost;
    program.remove();

    const soon = await create(one, key, body.name).expect(409);
    expect(soon.body.code).toBe('idempotency.in_progress');
    expect(soon.headers['retry-after']).toBe('1');
    await ageByAMinute();
    const late = await create(await replica.as(), key, body.name).expect(409);
    expect(late.body.code).toBe('idempotency.unknown_outcome');
    expect(late.headers).not.toHaveProperty('retry-after');
    expect(replicas.upstreamCalls()).toEqual(['POST /api/organizations']);
  });
});

describeWithRedis('Idempotency-Key at two replicas whose Redis loses its data', () => {
  const redis = new OwnRedis();
  let replicas: Replicas;
  let here: Replica;
  let there: Replica;

  beforeAll(async () => {
    await redis.start();
    replicas = await startReplicas([redis.url, redis.url], { REDIS_TIMEOUT_MS: '1000' });
    [here, there] = replicas.replicas as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await redis.stop();
  });

  it.each([
    [
      'is restarted',
      async () => {
        await redis.stop();
        await redis.start();
      },
    ],
    [
      'is emptied, which a replica notices at its next request',
      async () => {
        await redis.command('FLUSHALL');
        await (await here.as()).get('/api/organizations/fernweh00000').expect(200);
      },
    ],
  ])('is restored when it %s', async (_what, lose) => {
    const keys = Array.from({ length: 20 }, () => randomUUID());
    const send = async (replica: Replica, key: string) =>
      (await replica.as()).post('/api/organizations').set('idempotency-key', key).send({ name: 'Remembered' });
    const first = await Promise.all(keys.map((key) => send(here, key)));
    expect(first.map(({ status }) => status)).toEqual(keys.map(() => 201));
    replicas.sandbox.forget();
    await lose();
    const again = await Promise.all(
      keys.map(async (key) => {
        await until('an answer', async () => (await send(there, key)).status !== 503);
        return send(there, key);
      }),
    );
    const seen = ({ status, body, headers }: Awaited<ReturnType<typeof send>>) => [
      status,
      (body as { id?: string; code?: string }).id ?? (body as { code?: string }).code,
      headers['idempotent-replayed'],
    ];
    expect(again.map(seen)).toEqual(first.map(({ status, body }) => [status, (body as { id: string }).id, 'true']));
    expect(replicas.upstreamCalls().filter((call) => call.startsWith('POST'))).toEqual([]);
  });
});
