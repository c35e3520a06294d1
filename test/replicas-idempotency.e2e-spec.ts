import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { hasRedis, REDIS_URL, type Replica, type Replicas, startReplicas } from './support/replicas.js';

(hasRedis ? describe : describe.skip)('Idempotency-Key at two replicas with one Redis', () => {
  let replicas: Replicas;
  let token: string;
  let one: ReturnType<Replica['as']>;
  let other: ReturnType<Replica['as']>;

  beforeAll(async () => {
    replicas = await startReplicas({ REDIS_URL });
    token = await replicas.running.tokens.service();
    one = await replicas.running.as(token);
    other = (await replicas.add()).as(token);
  });
  afterEach(() => {
    replicas.running.sandbox.latencyMs = 0;
    replicas.running.sandbox.faults.clear();
  });
  afterAll(() => replicas.close());

  const create = (client: typeof one, key: string, name: string) =>
    client.post('/api/organizations').set('idempotency-key', key).send({ name });
  const named = async (name: string): Promise<unknown[]> =>
    (await replicas.running.tokens.api('GET', `/api/organizations?q=${name}`)).json as unknown[];

  it('makes one organization of twenty requests at once', async () => {
    replicas.running.sandbox.latencyMs = 30;
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
    replicas.running.sandbox.faults.add({ method: 'POST', path: /organizations/, status: 500, times: 1 });
    await create(one, key, 'Failed').expect(502);
    const second = await create(other, key, 'Failed').expect(201);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('is another key for another caller', async () => {
    const key = randomUUID();
    const first = await create(one, key, 'Mine').expect(201);
    const { owner } = replicas.running.sandbox.demo.users;
    const member = await replicas.running.tokens.organization('fernweh00000', owner);
    const others = await (
      await replicas.running.as(member)
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
    const before = await replicas.add();
    const first = await create(before.as(token), key, 'Kept').expect(201);
    await before.stop();
    const after = await replicas.add();
    const again = await create(after.as(token), key, 'Kept').expect(201);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers['idempotent-replayed']).toBe('true');
  });
});
