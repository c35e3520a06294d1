import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';

const MERGE = 'application/merge-patch+json';

describeWithRedis('two replicas with one Redis', () => {
  let replicas: Replicas;
  let clients: Awaited<ReturnType<Replica['as']>>[];
  let path: string;

  beforeAll(async () => {
    // Redis may be slow on a busy machine. Other tests cover what happens without it.
    replicas = await startReplicas([REDIS_URL, REDIS_URL], {
      REDIS_PREFIX: `test:${randomUUID()}`,
      REDIS_TIMEOUT_MS: '1000',
    });
    clients = await Promise.all(replicas.replicas.map((replica) => replica.as()));
  });
  beforeEach(async () => {
    const { json } = await replicas.tokens.api('POST', '/api/organizations', { name: 'Shared' });
    path = `/api/organizations/${(json as { id: string }).id}`;
    replicas.sandbox.forget();
  });
  afterAll(() => replicas.close());

  const atLogto = async () =>
    (await replicas.tokens.api('GET', path)).json as { customData: Record<string, unknown>; name: string };
  const client = (index: number) => {
    const chosen = clients[index % clients.length];
    if (!chosen) throw new Error('no replica');
    return chosen;
  };

  it('lose none of a hundred concurrent merge patches of different fields', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `key${index}`);
    const answers = await Promise.all(
      names.map((name, index) =>
        client(index)
          .patch(path)
          .set('content-type', MERGE)
          .send(JSON.stringify({ customData: { [name]: index } })),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { customData } = await atLogto();
    expect(names.filter((name, index) => customData[name] !== index)).toEqual([]);
  });

  it('lose no merge patch when plain changes come in between', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 4 < 2
          ? client(index)
              .patch(path)
              .set('content-type', MERGE)
              .send(JSON.stringify({ customData: { [`key${index}`]: index } }))
          : client(index)
              .patch(path)
              .send({ name: `Name ${index}` }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { customData, name } = await atLogto();
    expect(Object.keys(customData)).toHaveLength(10);
    expect(name).toMatch(/^Name \d+$/);
  });

  it('accept one of twenty concurrent writes with the same ETag', async () => {
    const { headers } = await client(0).get(path).expect(200);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client(index)
          .patch(path)
          .set('if-match', headers['etag'] ?? '')
          .send({ name: `Winner ${index}` }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });
});
