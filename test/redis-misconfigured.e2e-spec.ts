import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pMap from 'p-map';
import { startServer, until } from './support/far-end.js';
import { describeWithRedis, OwnRedis } from './support/redis.js';
import { freePort } from './support/redis-process.js';
import { type Running, startGateway } from './support/start-gateway.js';

const PASSWORD = 'zyxwvutsr';

describeWithRedis('a misconfigured Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const file = (name: string): string => join(folder, name);
  const plain = new OwnRedis();
  const secret = new OwnRedis((port) => `--port ${port} --requirepass ${PASSWORD}`);
  const replica = new OwnRedis((port) => `--port ${port} --replicaof 127.0.0.1 1`);
  const clustered = new OwnRedis(
    (port) => `--port ${port} --cluster-enabled yes --cluster-config-file ${file('nodes.conf')}`,
  );
  const sentinel = new OwnRedis((port) => `${file('sentinel.conf')} --sentinel --port ${port}`);
  const encrypted = new OwnRedis(
    (port) =>
      `--port 0 --tls-port ${port} --tls-auth-clients no --tls-ca-cert-file ${file('certificate.pem')} ` +
      `--tls-cert-file ${file('certificate.pem')} --tls-key-file ${file('key.pem')}`,
  );
  const gateways = new Map<string, Running>();
  const written: string[] = [];
  let web: Awaited<ReturnType<typeof startServer>>;
  let silent: Server;

  const portOf = ({ url }: { url: string }): string => new URL(url).port;

  /** The setting, and the logged cause and advice. */
  const cases: Record<string, { url: () => Promise<string> | string; logged: RegExp }> = {
    'the password is wrong': {
      url: () => `redis://:${PASSWORD}x@127.0.0.1:${secret.port}`,
      logged: /(available: |^)WRONGPASS [^:]*: check user and password/,
    },
    'there is no such user': {
      url: () => `redis://nobody:${PASSWORD}@127.0.0.1:${plain.port}`,
      logged: /(available: |^)WRONGPASS [^:]*: check user and password/,
    },
    'a password is missing': { url: () => secret.url, logged: /NOAUTH.*requires a password: add it to REDIS_URL/ },
    'the host is unknown': {
      url: () => 'redis://nowhere.invalid',
      logged: /nowhere\.invalid: the host name .* cannot be resolved/,
    },
    'nothing listens': {
      url: async () => `redis://127.0.0.1:${await freePort()}`,
      logged: /ECONNREFUSED 127.*nothing listens there: check host and port/,
    },
    'a web server answers': {
      url: () => `redis://127.0.0.1:${portOf(web)}`,
      logged: /the server is not a Redis: check the port/,
    },
    'nothing answers': {
      url: () => `redis://127.0.0.1:${(silent.address() as { port: number }).port}`,
      logged: /(no answer yet|no answer for|ETIMEDOUT).*check host and port.*TLS/,
    },
    'it requires TLS': {
      url: () => `redis://127.0.0.1:${encrypted.port}`,
      logged: /ECONNRESET.*check host and port.*requires TLS \(rediss:/,
    },
    'it does not speak TLS': {
      url: () => `rediss://127.0.0.1:${plain.port}`,
      logged: /(no answer yet|no answer for|ETIMEDOUT).*check host and port.*TLS/,
    },
    'a web server does not speak TLS': {
      url: () => `rediss://127.0.0.1:${portOf(web)}`,
      logged: /wrong version number: this port does not speak TLS: use redis:/,
    },
    'its certificate is self-signed': {
      url: () => `rediss://localhost:${encrypted.port}`,
      logged: /self-signed certificate: its certificate is not trusted: see NODE_EXTRA_CA_CERTS/,
    },
    'there is no such database': { url: () => `${plain.url}/99`, logged: /DB index is out of range: .*does not have/ },
    'it is a cluster, which has one database': {
      url: () => `${clustered.url}/1`,
      logged: /SELECT is not allowed in cluster mode: .*remove the number/,
    },
    'it is a replica': { url: () => replica.url, logged: /READONLY.*must point to the master/ },
    'the sentinels do not know the name': {
      url: () => `redis+sentinel://127.0.0.1:${sentinel.port}/nobody`,
      logged: /No such master with that name: the sentinels do not know the master name/,
    },
    'there is no sentinel': {
      url: async () => `redis+sentinel://127.0.0.1:${await freePort()}/main`,
      logged: /no sentinel names the master: .*none of the hosts in REDIS_URL can be reached/,
    },
    'it is not a sentinel': {
      url: () => `redis+sentinel://127.0.0.1:${plain.port}/main`,
      logged: /unknown command 'sentinel': this is not a sentinel/,
    },
    'it is not a cluster': {
      url: () => `redis+cluster://127.0.0.1:${plain.port}`,
      logged: /cluster support disabled: this Redis is not a cluster: use redis:/,
    },
    'the cluster password is wrong': {
      url: () => `redis+cluster://:${PASSWORD}x@127.0.0.1:${secret.port}`,
      logged: /no node of the cluster answers: WRONGPASS.*check user and password/,
    },
    'no host of the cluster can be resolved': {
      url: () => 'redis+cluster://nowhere.invalid,elsewhere.invalid',
      logged: /no node of the cluster answers: .*none of the hosts in REDIS_URL can be reached/,
    },
  };

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error'] as const)
      jest.spyOn(console, method).mockImplementation((...words) => void written.push(words.join(' ')));
    const certificate = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${file('key.pem')}`;
    execFileSync('openssl', [...certificate.split(' '), '-out', file('certificate.pem')], { stdio: 'ignore' });
    writeFileSync(file('sentinel.conf'), '');
    web = await startServer((_request, response) => response.end());
    silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await Promise.all([plain, secret, replica, clustered, encrypted, sentinel].map((redis) => redis.start()));
    // Not all at once, because each waits a second for its Redis.
    await pMap(
      Object.entries(cases),
      async ([name, { url }]) => gateways.set(name, await startGateway({ REDIS_URL: await url() })),
      { concurrency: 5 },
    );
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
    await Promise.all([plain, secret, replica, clustered, encrypted, sentinel].map((redis) => redis.stop()));
    await web.close();
    silent.close();
    rmSync(folder, { recursive: true });
  });

  /** The logs of all gateways, because Nest has one logger per process. */
  const logs = (): string[] => [...gateways.values()].flatMap((gateway) => gateway.logs);
  const warnings = (): string[] =>
    logs()
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level }) => level !== 'info')
      .map(({ msg }) => msg);

  it.each(Object.entries(cases))('is logged with advice when %s, and requests are served', async (name, { logged }) => {
    const gateway = gateways.get(name) as Running;
    const client = await gateway.as();
    await client.get('/api/organizations/fernweh00000').expect(200);
    await client.patch('/api/organizations/fernweh00000').send({ description: name }).expect(200);
    await until('the warning', () => warnings().some((warning) => logged.test(warning)));
    const { body } = await client.get('/health/ready').expect(200);
    expect(body.details).toMatchObject({
      redis: { status: 'unavailable', lastFailure: expect.stringMatching(logged) },
      cache: { sync: 'alone' },
    });
  });

  it('is logged once', () => {
    expect(warnings()).toHaveLength(gateways.size);
    for (const { logged } of Object.values(cases)) {
      const alike = Object.values(cases).filter((other) => other.logged.source === logged.source);
      expect(warnings().filter((warning) => logged.test(warning))).toHaveLength(alike.length);
    }
  });

  it('does not have its password logged', () => {
    expect(logs().filter((line) => line.includes(PASSWORD))).toEqual([]);
  });

  it('has nothing written to it, not even to another database', async () => {
    expect(await plain.command('DBSIZE')).toBe(0);
    expect(await clustered.command('DBSIZE')).toBe(0);
  });

  it('makes no library write to the console', () => {
    expect(written).toEqual([]);
  });
});
