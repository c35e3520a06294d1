// Longer than most: two replicas are started once for all that they owe each other in good times.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { describeWithRedis, OwnRedis, REDIS_URL } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';

describeWithRedis('two replicas and a Redis', () => {
  let fleet: Replicas;
  let here: Replica;
  let there: Replica;
  let path: string;
  let id: string;

  beforeAll(async () => {
    // Redis may be slow on a busy machine; what happens without it is told elsewhere.
    fleet = await startReplicas([REDIS_URL, REDIS_URL], { REDIS_TIMEOUT_MS: '1000' });
    [here, there] = fleet.replicas as [Replica, Replica];
  });
  beforeEach(async () => {
    const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'Shared', description: 'before' });
    ({ id } = json as { id: string });
    path = `/api/organizations/${id}`;
    fleet.sandbox.forget();
  });
  afterEach(() => {
    fleet.sandbox.faults.clear();
    fleet.sandbox.latencyMs = 0;
  });
  afterAll(() => fleet.close());

  const read = async (replica: Replica) => (await replica.as()).get(path).expect(200);
  const calls = () => fleet.upstreamCalls().filter((call) => call === `GET ${path}`).length;

  it('ask Logto once between them', async () => {
    await read(here);
    const { headers, body } = await read(there);
    expect(body.description).toBe('before');
    expect(headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
    expect(calls()).toBe(1);
  });

  it('count the age of an answer from when Logto gave it', async () => {
    await read(here);
    await until('a second to pass', async () => (await read(here)).headers['age'] === '1');
    expect((await read(there)).headers['age']).toBe('1');
  });

  it('show the write of one in the next read of the other', async () => {
    await read(here);
    await read(there);
    for (const [writer, reader, description] of [
      [here, there, 'first'],
      [there, here, 'second'],
    ] as const) {
      await (await writer.as()).patch(path).send({ description }).expect(200);
      expect((await read(reader)).body.description).toBe(description);
      expect((await read(writer)).body.description).toBe(description);
    }
  });

  it('show it also when Logto failed after it had done the work', async () => {
    await read(there);
    fleet.sandbox.faults.add({ method: 'PATCH', path: new RegExp(id), reset: 'after', times: 1 });
    await (
      await here.as()
    )
      .patch(path)
      .send({ description: 'done' })
      .expect((response) => expect(response.status).toBeGreaterThan(499));
    expect((await read(there)).body.description).toBe('done');
  });

  it('share one question to Logto among many cold readers at each of them', async () => {
    fleet.sandbox.latencyMs = 50;
    const clients = [await here.as(), await there.as()];
    await Promise.all(clients.flatMap((client) => Array.from({ length: 20 }, () => client.get(path).expect(200))));
    expect(calls()).toBe(1);
  });

  it('wait for a reader that hangs no longer than its lease', async () => {
    fleet.sandbox.faults.add({ method: 'GET', path: new RegExp(`${id}$`), hang: true, times: 1 });
    const leaving = new AbortController();
    let isOver = false;
    const lost = fetch(here.url + path, {
      headers: { authorization: `Bearer ${await fleet.tokens.service()}` },
      signal: leaving.signal,
    })
      .catch(() => undefined)
      .finally(() => (isOver = true));
    await until('the first question', () => calls() === 1);
    await read(there);
    expect(isOver).toBe(false);
    leaving.abort();
    await lost;
  });

  it('forget on both what an operator purges on one', async () => {
    await read(here);
    await read(there);
    await fleet.tokens.api('PATCH', path, { description: 'behind the back' });
    expect((await read(there)).body.description).toBe('before');
    await (await here.as()).delete(`/internal/cache?tag=organization:${id}`).expect(204);
    expect((await read(there)).body.description).toBe('behind the back');
    await fleet.tokens.api('PATCH', path, { description: 'again' });
    await (await there.as()).delete('/internal/cache?tag=*').expect(204);
    expect((await read(here)).body.description).toBe('again');
  });

  it('start with what others know', async () => {
    await read(here);
    await there.stop();
    await there.start();
    expect((await read(there)).body.description).toBe('before');
    expect(calls()).toBe(1);
  });

  it('use the old answer of the other to ask Logto whether it still is so', async () => {
    await read(here);
    await (await here.as()).delete(`/internal/cache?tag=organization:${id}`).expect(204);
    await read(there);
    const last = fleet.sandbox.requests.findLast((request) => request.path === path);
    expect(last).toMatchObject({ status: 304, headers: { 'if-none-match': expect.stringMatching(/^"/) } });
    expect((await read(there)).headers['cache-status']).toMatch(/hit/);
  });

  it('never answer from before a write that was answered, fifty times', async () => {
    const [writer, reader] = [await here.as(), await there.as()];
    const old: string[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const description = `turn ${turn}`;
      await writer.patch(path).send({ description }).expect(200);
      const { body } = await reader.get(path).expect(200);
      if (body.description !== description) old.push(`${body.description} in ${description}`);
    }
    expect(old).toEqual([]);
  });

  describe('are told by a forced read', () => {
    const force = async (replica: Replica, headers: Record<string, string> = { 'cache-control': 'no-cache' }) =>
      (await replica.as()).get(path).set(headers);
    beforeEach(async () => {
      await read(here);
      await read(there);
      fleet.sandbox.forget();
    });

    it('what it finds changed, and the one that was forced keeps what it brought', async () => {
      await fleet.tokens.api('PATCH', path, { description: 'behind the back' });
      fleet.sandbox.forget();
      const forced = await force(here);
      expect(forced.body.description).toBe('behind the back');
      expect(forced.headers['cache-status']).toMatch(/^org-gateway; fwd=request; stored; ttl=\d+$/);
      expect((await read(here)).headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
      expect(calls()).toBe(1);
      expect((await read(there)).body.description).toBe('behind the back');
    });

    it('what it finds gone', async () => {
      await fleet.tokens.api('DELETE', path);
      expect((await force(here)).status).toBe(404);
      expect((await (await there.as()).get(path)).status).toBe(404);
    });

    it('nothing when it finds what they know', async () => {
      expect((await force(here)).status).toBe(200);
      expect(calls()).toBe(1);
      expect((await read(there)).headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
      expect(calls()).toBe(1);
    });

    it('what it finds changed also where it brings a validator, if it says max-age=0', async () => {
      const { headers } = await read(here);
      await fleet.tokens.api('PATCH', path, { description: 'behind the back' });
      const validator = { 'if-none-match': headers['etag'] ?? '' };
      // Browsers and every `fetch` say no-cache by themselves beside a validator.
      expect((await force(here, { ...validator, 'cache-control': 'no-cache' })).status).toBe(304);
      expect((await read(there)).body.description).toBe('before');
      expect((await force(here, { ...validator, 'cache-control': 'max-age=0, no-cache' })).status).toBe(200);
      expect((await read(there)).body.description).toBe('behind the back');
    });
  });
});

describeWithRedis('replicas that shall keep nothing (CACHE_MAX_BYTES=0)', () => {
  const redis = new OwnRedis();
  let fleet: Replicas;
  beforeAll(async () => {
    await redis.start();
    fleet = await startReplicas([redis.url, redis.url], { CACHE_MAX_BYTES: '0', REDIS_TIMEOUT_MS: '1000' });
  });
  afterAll(async () => {
    await fleet.close();
    await redis.stop();
  });

  it('keep nothing in Redis either, where they tell each other of writes all the same', async () => {
    const [here, there] = fleet.replicas as [Replica, Replica];
    const path = '/api/organizations/fernweh00000';
    fleet.sandbox.forget();
    for (const replica of [here, there, here]) {
      const { headers } = await (await replica.as()).get(path).expect(200);
      expect(headers['cache-status']).toBe('org-gateway; fwd=uri-miss');
    }
    expect(fleet.upstreamCalls()).toEqual(Array<string>(3).fill(`GET ${path}`));
    await (await here.as()).patch(path).send({ description: 'after' }).expect(200);
    const { text: metrics } = await (await here.as()).get('/metrics').expect(200);
    expect(metrics).toContain('gateway_write_log_appends_total{outcome="appended"} 2');
    expect(metrics).toMatch(/gateway_write_log_looks_total\{outcome="done"\} [1-9]/);
    expect(metrics).toContain('gateway_write_log_owed 0');
    expect(metrics).toContain('gateway_alone 0');
    const keys = (await redis.command('KEYS', '*')) as string[];
    expect(keys.filter((key) => /:entry:|:lease:fill:/.test(key))).toEqual([]);
    expect(await here.health('cache')).toMatchObject({ entries: 0, shared: false, sync: 'synced' });
  });
});
