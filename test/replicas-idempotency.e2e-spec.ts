import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';

describeWithRedis('Idempotency-Key at two replicas with one Redis', () => {
  let replicas: Replicas;
  let replica: Replica;
  let one: Awaited<ReturnType<Replica['as']>>;
  let other: typeof one;

  beforeAll(async () => {
    // Redis may be slow on a busy machine; what happens without it is told elsewhere.
    replicas = await startReplicas([REDIS_URL, REDIS_URL], {
      REDIS_PREFIX: `test:${randomUUID()}`,
      REDIS_TIMEOUT_MS: '1000',
    });
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

  it('makes one organization of twenty requests at once', async () => {
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

  it('gives at the one what the other has answered: status, body, Location, ETag', async () => {
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

  it('gives a refusal again, with all its faults', async () => {
    const key = randomUUID();
    const first = await create(one, key, '').expect(400);
    const again = await create(other, key, '').expect(400);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });

  it('is free again at both after Logto failed', async () => {
    const key = randomUUID();
    replicas.sandbox.faults.add({ method: 'POST', path: /organizations/, status: 500, times: 1 });
    await create(one, key, 'Failed').expect(502);
    const second = await create(other, key, 'Failed').expect(201);
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

  it('outlives a restart', async () => {
    const key = randomUUID();
    const first = await create(other, key, 'Kept').expect(201);
    await replica.stop();
    await replica.start();
    const again = await create(await replica.as(), key, 'Kept').expect(201);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers['idempotent-replayed']).toBe('true');
  });
});
