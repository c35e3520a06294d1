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

describeWithRedis('a Redis that was wrong from the start', () => {
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
  let mute: Server;

  const portOf = ({ url }: { url: string }): string => new URL(url).port;

  /** What is set, and what is said: the cause, and what to do. */
  const cases: Record<string, { url: () => Promise<string> | string; says: RegExp }> = {
    'the password is wrong': {
      url: () => `redis://:${PASSWORD}x@127.0.0.1:${secret.port}`,
      says: /(available: |^)WRONGPASS [^:]*: check user and password/,
    },
    'there is no such user': {
      url: () => `redis://nobody:${PASSWORD}@127.0.0.1:${plain.port}`,
      says: /(available: |^)WRONGPASS [^:]*: check user and password/,
    },
    'a password is missing': { url: () => secret.url, says: /NOAUTH.*wants a password: put it into REDIS_URL/ },
    'the host is unknown': {
      url: () => 'redis://nowhere.invalid',
      says: /nowhere\.invalid: the host name .* not known/,
    },
    'nothing listens': {
      url: async () => `redis://127.0.0.1:${await freePort()}`,
      says: /ECONNREFUSED 127.*nothing listens there: check host and port/,
    },
    'a web server answers': {
      url: () => `redis://127.0.0.1:${portOf(web)}`,
      says: /something else than a Redis answers there: check the port/,
    },
    'nothing answers': {
      url: () => `redis://127.0.0.1:${(mute.address() as { port: number }).port}`,
      says: /(no answer yet|no answer for|ETIMEDOUT).*check host and port.*TLS/,
    },
    'it wants TLS': {
      url: () => `redis://127.0.0.1:${encrypted.port}`,
      says: /ECONNRESET.*check host and port.*wants TLS \(rediss:/,
    },
    'it does not speak TLS': {
      url: () => `rediss://127.0.0.1:${plain.port}`,
      says: /(no answer yet|no answer for|ETIMEDOUT).*check host and port.*TLS/,
    },
    'a web server does not speak TLS': {
      url: () => `rediss://127.0.0.1:${portOf(web)}`,
      says: /wrong version number: this port does not speak TLS: write redis:/,
    },
    'nobody has signed its certificate': {
      url: () => `rediss://localhost:${encrypted.port}`,
      says: /self-signed certificate: its certificate is not trusted here: see NODE_EXTRA_CA_CERTS/,
    },
    'there is no such database': { url: () => `${plain.url}/99`, says: /DB index is out of range: .*does not have/ },
    'it is a cluster, which has one database': {
      url: () => `${clustered.url}/1`,
      says: /SELECT is not allowed in cluster mode: .*take the number out/,
    },
    'it is a replica': { url: () => replica.url, says: /READONLY.*must lead to the master/ },
    'the sentinels do not know the name': {
      url: () => `redis+sentinel://127.0.0.1:${sentinel.port}/nobody`,
      says: /No such master with that name: the sentinels know no master/,
    },
    'there is no sentinel': {
      url: async () => `redis+sentinel://127.0.0.1:${await freePort()}/main`,
      says: /no sentinel tells the master: .*none of the hosts in REDIS_URL can be reached/,
    },
    'it is no sentinel': {
      url: () => `redis+sentinel://127.0.0.1:${plain.port}/main`,
      says: /unknown command 'sentinel': this is no sentinel/,
    },
    'it is no cluster': {
      url: () => `redis+cluster://127.0.0.1:${plain.port}`,
      says: /cluster support disabled: this Redis is no cluster: write redis:/,
    },
    'the cluster wants another password': {
      url: () => `redis+cluster://:${PASSWORD}x@127.0.0.1:${secret.port}`,
      says: /no node of the cluster answers: WRONGPASS.*check user and password/,
    },
    'no host of the cluster is known': {
      url: () => 'redis+cluster://nowhere.invalid,elsewhere.invalid',
      says: /no node of the cluster answers: .*none of the hosts in REDIS_URL can be reached/,
    },
  };

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error'] as const)
      jest.spyOn(console, method).mockImplementation((...words) => void written.push(words.join(' ')));
    const certificate = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${file('key.pem')}`;
    execFileSync('openssl', [...certificate.split(' '), '-out', file('certificate.pem')], { stdio: 'ignore' });
    writeFileSync(file('sentinel.conf'), '');
    web = await startServer((_request, response) => response.end());
    mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await Promise.all([plain, secret, replica, clustered, encrypted, sentinel].map((redis) => redis.start()));
    // A few at a time: each waits a second for its Redis.
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
    mute.close();
    rmSync(folder, { recursive: true });
  });

  /** Of all gateways: Nest has one logger in a process. */
  const logs = (): string[] => [...gateways.values()].flatMap((gateway) => gateway.logs);
  const warnings = (): string[] =>
    logs()
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level }) => level !== 'info')
      .map(({ msg }) => msg);

  it.each(Object.entries(cases))(
    'is said with the next step when %s, and requests are served',
    async (name, { says }) => {
      const gateway = gateways.get(name) as Running;
      const client = await gateway.as();
      await client.get('/api/organizations/fernweh00000').expect(200);
      await client.patch('/api/organizations/fernweh00000').send({ description: name }).expect(200);
      await until('the warning', () => warnings().some((warning) => says.test(warning)));
      const { body } = await client.get('/health/ready').expect(200);
      expect(body.details).toMatchObject({
        redis: { status: 'unavailable', lastFailure: expect.stringMatching(says) },
        cache: { sync: 'alone' },
      });
    },
  );

  it('is said once', () => {
    expect(warnings()).toHaveLength(gateways.size);
    for (const { says } of Object.values(cases)) {
      const alike = Object.values(cases).filter((other) => other.says.source === says.source);
      expect(warnings().filter((warning) => says.test(warning))).toHaveLength(alike.length);
    }
  });

  it('does not have its password said', () => {
    expect(logs().filter((line) => line.includes(PASSWORD))).toEqual([]);
  });

  it('has nothing written to it, neither to another database', async () => {
    expect(await plain.command('DBSIZE')).toBe(0);
    expect(await clustered.command('DBSIZE')).toBe(0);
  });

  it('has no library write to the console', () => {
    expect(written).toEqual([]);
  });
});
