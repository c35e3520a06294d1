import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { readConfig } from '../src/config/read-config.js';
import { rightsFor } from '../src/redis/rights.js';
import { startServer, until } from './support/far-end.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { type Replica, startReplicas } from './support/start-replicas.js';

const PATH = '/api/organizations/studio000000';
const ROLES = `${PATH}/users/ada000000000/roles`;
const MERGE = 'application/merge-patch+json';
const ALL = {
  UPSTREAM_BUDGET: '1000/10s',
  EVENTS_WEBHOOK_URL: 'http://localhost:1',
  EVENTS_WEBHOOK_SIGNING_KEY: 'key-of-a-test',
};

/** The additional commands of a cluster client. */
const CLUSTER_COMMANDS = ['+cluster|slots', '+client|setname', '+readonly', '+readwrite', '+asking'];

/** The ACL rules that docs/operations.md documents. */
const rulesFor = (env: NodeJS.ProcessEnv, ...other: readonly string[]): string[] => {
  const commands = rightsFor(readConfig(env)).map((command) => `+${command}`);
  return ['reset', 'on', '>secret', '~org-gateway:*', '-@all', ...commands, ...other];
};

describeWithRedis('a Redis with restricted permissions', () => {
  const redis = new OwnRedis();
  const nodes = join(tmpdir(), `${randomUUID()}.conf`);
  // One node is enough here.
  const cluster = new OwnRedis(
    (port) => `--port ${port} --cluster-enabled yes --cluster-config-file ${nodes} --cluster-announce-ip 127.0.0.1`,
  );
  const gateways: Running[] = [];

  beforeAll(async () => {
    await Promise.all([redis.start(), cluster.start()]);
    await cluster.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('the cluster', async () => String(await cluster.command('CLUSTER', 'INFO')).includes('state:ok'));
  });
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
  });
  afterAll(async () => {
    await Promise.all([redis.stop(), cluster.stop()]);
    rmSync(nodes);
  });

  const url = () => `redis://gateway:secret@127.0.0.1:${redis.port}`;
  const clusterUrl = () => `redis+cluster://gateway:secret@127.0.0.1:${cluster.port}`;
  const allow = async (rules: readonly string[], server = redis): Promise<void> => {
    await server.command('ACL', 'SETUSER', 'gateway', ...rules);
    await server.command('ACL', 'LOG', 'RESET');
    // Scripts that another user has loaded must be gone.
    await server.command('SCRIPT', 'FLUSH');
  };
  const denied = async (server = redis): Promise<unknown> => server.command('ACL', 'LOG');

  it('supports everything when the user has exactly the documented permissions', async () => {
    const events: unknown[] = [];
    const receiver = await startServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      events.push(JSON.parse(text));
      response.writeHead(204).end();
    });
    const env = { ...ALL, EVENTS_WEBHOOK_URL: receiver.url };
    await allow(rulesFor(env));
    const fleet = await startReplicas([url(), url()], env);
    try {
      const [here, there] = await Promise.all((fleet.replicas as [Replica, Replica]).map((replica) => replica.as()));
      if (!here || !there) throw new Error('two were started');
      for (const description of ['first', 'second', 'third']) {
        await here.patch(PATH).send({ description }).expect(200);
        expect((await there.get(PATH).expect(200)).body.description).toBe(description);
      }
      const key = randomUUID();
      await here.post('/api/organizations').set('idempotency-key', key).send({ name: 'One' }).expect(201);
      const { headers } = await there.post('/api/organizations').set('idempotency-key', key).send({ name: 'One' });
      expect(headers['idempotent-replayed']).toBe('true');
      await Promise.all(
        [here, there, here, there].map((client, index) =>
          client
            .patch(PATH)
            .set('content-type', MERGE)
            .send(JSON.stringify({ customData: { [index]: true } }))
            .expect(200),
        ),
      );
      const { customData } = (await here.get(PATH)).body;
      expect(customData).toMatchObject({ 0: true, 1: true, 2: true, 3: true });
      await here
        .post(`${PATH}/users`)
        .send({ userIds: ['ada000000000'] })
        .expect(201);
      await here
        .put(ROLES)
        .send({ organizationRoleIds: ['rolemember00000000000'] })
        .expect(204);
      await until('the event', () => events.length > 0);
      const exists = (what: string) => async () =>
        ((await redis.command('KEYS', `*:${what}*`)) as unknown[]).length > 0;
      await until('callers to be counted', exists('rate'));
      expect(await exists('budget')()).toBe(true);
    } finally {
      await fleet.close();
      await receiver.close();
    }
    expect(await denied()).toEqual([]);
  });

  it('requires fewer permissions when fewer features are used', async () => {
    const env = { RATE_LIMIT: 'off' };
    await allow(rulesFor(env));
    expect(rightsFor(readConfig(env))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^x(group|ack)|incrby/)]),
    );
    const fleet = await startReplicas([url(), url()], env);
    try {
      const [here, there] = await Promise.all((fleet.replicas as [Replica, Replica]).map((replica) => replica.as()));
      await here
        ?.patch(PATH)
        .set('content-type', MERGE)
        .send(JSON.stringify({ description: 'less' }))
        .expect(200);
      expect((await there?.get(PATH).expect(200))?.body.description).toBe('less');
    } finally {
      await fleet.close();
    }
    expect(await denied()).toEqual([]);
  });

  const warnings = ({ logs }: Running): string[] =>
    logs
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level }) => level !== 'info')
      .map(({ msg }) => msg);

  it.each([
    // The missing permission, the logged message, and whether the writes of other replicas are known.
    ['EVAL', ['-eval'], /'eval'/, 'alone'],
    ['EVALSHA', ['-evalsha'], /not use evalsha:/, 'alone'],
    ['scripts', ['-@scripting'], /'eval'/, 'alone'],
    ['INFO', ['-info'], /not use info:/, 'synced'],
    ['dangerous commands', ['-@dangerous'], /not use info:/, 'synced'],
    ['SET', ['-set'], /not use set:/, 'synced'],
    ['XADD', ['-xadd'], /not use xadd:/, 'alone'],
    ['streams', ['-@stream'], /not use xadd, xrange, xlen, xtrim:/, 'alone'],
    ['our keys', ['resetkeys', '~other:*'], /NOPERM.*keys/, 'alone'],
  ])('that forbids %s is logged once, and requests are served', async (_what, rules, logged, sync) => {
    await allow(rulesFor({}, ...rules));
    await expectWarning(url(), logged, sync);
  });

  it('that forbids keys and leases makes the gateway refuse what depends on them, and nothing is sent', async () => {
    await allow(rulesFor({}, '-set'));
    const gateway = await startGateway({ REDIS_URL: url() });
    gateways.push(gateway);
    const client = await gateway.as();
    const keyed = await client.post('/api/organizations').set('idempotency-key', randomUUID()).send({ name: 'Never' });
    expect(keyed).toMatchObject({ status: 503, body: { code: 'shared_state.unavailable' } });
    const merge = await client
      .patch(PATH)
      .set('content-type', MERGE)
      .send(JSON.stringify({ description: 'never' }));
    expect(merge).toMatchObject({ status: 503, body: { code: 'shared_state.unavailable' } });
    expect(gateway.upstreamCalls().filter((call) => !call.startsWith('GET'))).toEqual([]);
  });

  it('that is a cluster requires the commands of a cluster client', async () => {
    await allow(rulesFor(ALL, ...CLUSTER_COMMANDS), cluster);
    const gateway = await startGateway({ REDIS_URL: clusterUrl(), ...ALL });
    gateways.push(gateway);
    const client = await gateway.as();
    await client
      .patch(PATH)
      .set('content-type', MERGE)
      .send(JSON.stringify({ description: 'one' }))
      .expect(200);
    await client.get(PATH).expect(200);
    const { details } = (await client.get('/health/ready')).body;
    expect(details).toMatchObject({ redis: { status: 'ok' }, cache: { sync: 'synced' } });
    expect(details.redis).not.toHaveProperty('lastRefusal');
    expect(await denied(cluster)).toEqual([]);
  });

  it('that is a cluster and forbids INFO is logged, and its log is not used, because failovers would go unnoticed', async () => {
    await allow(rulesFor({}, ...CLUSTER_COMMANDS, '-info'), cluster);
    await expectWarning(clusterUrl(), /not use info:/, 'alone');
  });

  const configure = (name: string, value: string) => redis.command('CONFIG', 'SET', name, value);

  it.each([
    ['its user may not append to the log', () => allow(rulesFor({}, '-xadd')), () => allow(rulesFor({}))],
    ['it is full', () => configure('maxmemory', '1'), () => configure('maxmemory', '0')],
    [
      'it has too few replicas',
      () => configure('min-replicas-to-write', '1'),
      () => configure('min-replicas-to-write', '0'),
    ],
  ])('that refuses writes because %s makes replicas alone until it accepts them', async (_why, fail, heal) => {
    await allow(rulesFor({}));
    const fleet = await startReplicas([url(), url()]);
    try {
      const [one, other] = fleet.replicas as [Replica, Replica];
      const [here, there] = await Promise.all([one.as(), other.as()]);
      await there.get(PATH).expect(200);
      await fail();
      await here.patch(PATH).send({ description: 'unannounced' }).expect(200);
      // Long before the entry would become stale.
      const sees = async () => (await there.get(PATH)).body.description === 'unannounced';
      await until('the write to be seen', sees);
      expect(await other.health('cache')).toMatchObject({ sync: 'alone' });
      expect(await other.health('redis')).toMatchObject({ status: 'ok' });
      await heal();
      // Without another request.
      const pending = async () => /gateway_write_log_owed (\d+)/.exec((await here.get('/metrics')).text)?.[1];
      await until('no record to be pending', async () => (await pending()) === '0');
      await until('both to be synced again', async () => {
        await Promise.all([here.get(PATH).expect(200), there.get(PATH).expect(200)]);
        const states = await Promise.all([one.health('cache'), other.health('cache')]);
        return states.every(({ sync }) => sync === 'synced');
      });
      await here.patch(PATH).send({ description: 'announced' }).expect(200);
      expect((await there.get(PATH).expect(200)).body.description).toBe('announced');
    } finally {
      await heal();
      await fleet.close();
    }
  });

  const expectWarning = async (REDIS_URL: string, logged: RegExp, sync: string): Promise<void> => {
    const gateway = await startGateway({ REDIS_URL });
    gateways.push(gateway);
    const client = await gateway.as();
    const { body } = await client.patch(PATH).send({ description: 'announced' }).expect(200);
    expect(body.description).toBe('announced');
    for (let read = 0; read < 5; read += 1) await client.get(PATH).expect(200);
    await until('the warning', () => warnings(gateway).length > 0);
    const { details } = (await client.get('/health/ready').expect(200)).body;
    expect(details).toMatchObject({
      redis: { status: 'ok', lastRefusal: expect.stringMatching(/Rights in docs\/operations\.md/) },
      cache: { sync },
    });
    expect(warnings(gateway)).toEqual([expect.stringMatching(logged)]);
  };
});
