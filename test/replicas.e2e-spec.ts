// Longer than most: two replicas are started once for all tests of what they share while Redis is available.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { describeWithRedis, OwnRedis, REDIS_URL } from './support/redis.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';

describeWithRedis('two replicas with one Redis', () => {
  let fleet: Replicas;
  let here: Replica;
  let there: Replica;
  let path: string;
  let id: string;

  beforeAll(async () => {
    // Redis may be slow on a busy machine. Other tests cover what happens without it.
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

  it('make one call to Logto for the same read', async () => {
    await read(here);
    const { headers, body } = await read(there);
    expect(body.description).toBe('before');
    expect(headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
    expect(calls()).toBe(1);
  });

  it('count the age of a reply from when Logto sent it', async () => {
    await read(here);
    const ageAt = async (replica: Replica) => Number((await read(replica)).headers['age']);
    await until('a second to pass', async () => (await ageAt(here)) >= 1);
    const before = await ageAt(here);
    const age = await ageAt(there);
    expect([age >= before, age <= (await ageAt(here))]).toEqual([true, true]);
  });

  it('show the write of one in the next read on the other', async () => {
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

  it('show a write even when Logto failed after performing it', async () => {
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

  it('make one call to Logto for many concurrent cold reads on both', async () => {
    fleet.sandbox.latencyMs = 50;
    const clients = [await here.as(), await there.as()];
    await Promise.all(clients.flatMap((client) => Array.from({ length: 20 }, () => client.get(path).expect(200))));
    expect(calls()).toBe(1);
  });

  it('wait for a replica whose call hangs no longer than its lease', async () => {
    fleet.sandbox.faults.add({ method: 'GET', path: new RegExp(`${id}$`), hang: true, times: 1 });
    const controller = new AbortController();
    let isOver = false;
    const lost = fetch(here.url + path, {
      headers: { authorization: `Bearer ${await fleet.tokens.service()}` },
      signal: controller.signal,
    })
      .catch(() => undefined)
      .finally(() => (isOver = true));
    await until('the first call', () => calls() === 1);
    await read(there);
    expect(isOver).toBe(false);
    controller.abort();
    await lost;
  });

  it('invalidate on both what an operator purges on one', async () => {
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

  it('use entries of others after a restart', async () => {
    await read(here);
    await there.stop();
    await there.start();
    expect((await read(there)).body.description).toBe('before');
    expect(calls()).toBe(1);
  });

  it('revalidate an invalid entry of the other', async () => {
    await read(here);
    await (await here.as()).delete(`/internal/cache?tag=organization:${id}`).expect(204);
    await read(there);
    const last = fleet.sandbox.requests.findLast((request) => request.path === path);
    expect(last).toMatchObject({ status: 304, headers: { 'if-none-match': expect.stringMatching(/^"/) } });
    expect((await read(there)).headers['cache-status']).toMatch(/hit/);
  });

  it('never answer with the state from before an answered write, fifty times', async () => {
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

  describe('after a forced read', () => {
    const force = async (replica: Replica, headers: Record<string, string> = { 'cache-control': 'no-cache' }) =>
      (await replica.as()).get(path).set(headers);
    beforeEach(async () => {
      await read(here);
      await read(there);
      fleet.sandbox.forget();
    });

    it('see a change that it found, and the forced replica caches the reply', async () => {
      await fleet.tokens.api('PATCH', path, { description: 'behind the back' });
      fleet.sandbox.forget();
      const forced = await force(here);
      expect(forced.body.description).toBe('behind the back');
      expect(forced.headers['cache-status']).toMatch(/^org-gateway; fwd=request; stored; ttl=\d+$/);
      expect((await read(here)).headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
      expect(calls()).toBe(1);
      expect((await read(there)).body.description).toBe('behind the back');
    });

    it('see that an organization is gone', async () => {
      await fleet.tokens.api('DELETE', path);
      expect((await force(here)).status).toBe(404);
      expect((await (await there.as()).get(path)).status).toBe(404);
    });

    it('keep their entries when it found no change', async () => {
      expect((await force(here)).status).toBe(200);
      expect(calls()).toBe(1);
      expect((await read(there)).headers['cache-status']).toMatch(/^org-gateway; hit; ttl=\d+$/);
      expect(calls()).toBe(1);
    });

    it('see a change even if the read had a validator, when it says max-age=0', async () => {
      const { headers } = await read(here);
      await fleet.tokens.api('PATCH', path, { description: 'behind the back' });
      const validator = { 'if-none-match': headers['etag'] ?? '' };
      // Browsers and `fetch` add no-cache by themselves to a request with a validator.
      expect((await force(here, { ...validator, 'cache-control': 'no-cache' })).status).toBe(304);
      expect((await read(there)).body.description).toBe('before');
      expect((await force(here, { ...validator, 'cache-control': 'max-age=0, no-cache' })).status).toBe(200);
      expect((await read(there)).body.description).toBe('behind the back');
    });
  });
});

describeWithRedis('replicas without a cache (CACHE_MAX_BYTES=0)', () => {
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

  it('store no replies in Redis, but still announce writes', async () => {
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
