import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { startFakeRedis } from '../../test/support/fake-redis.js';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, OwnRedis } from '../../test/support/redis.js';
import { connect, type RedisClient } from './connect.js';

let client: RedisClient | undefined;
const optionsOf = (url: string) => {
  client = connect(url);
  return client.options as Record<string, unknown>;
};
afterEach(() => client?.disconnect());

describe('connecting to Redis', () => {
  let sentinel: Awaited<ReturnType<typeof startFakeRedis>>;
  beforeAll(async () => {
    sentinel = await startFakeRedis();
  });
  afterAll(() => sentinel.close());

  it('takes host, port, user, password and database from the address', () => {
    const options = optionsOf('redis://me:s%40fe@127.0.0.1:1/3');
    expect(client).toBeInstanceOf(Redis);
    expect(options).toMatchObject({ host: '127.0.0.1', port: 1, username: 'me', password: 's@fe', db: 3 });
    expect(options['tls']).toBeUndefined();
  });

  it('has the usual port and the first database unless told otherwise', () => {
    expect(optionsOf('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, db: 0 });
  });

  it('takes a percent sign that encodes nothing as it is', () => {
    expect(optionsOf('redis://:100%@127.0.0.1:1')).toMatchObject({ password: '100%' });
  });

  it('speaks TLS to rediss, in capitals too', () => {
    expect(optionsOf('REDISS://127.0.0.1:1')).toMatchObject({ host: '127.0.0.1', port: 1, tls: {} });
  });

  it('asks sentinels for the master they are named, with the password of both', async () => {
    expect(optionsOf(`redis+sentinel://:pw@127.0.0.1:${sentinel.port},127.0.0.1/main/2`)).toMatchObject({
      sentinels: [
        { host: '127.0.0.1', port: sentinel.port },
        { host: '127.0.0.1', port: 26_379 },
      ],
      name: 'main',
      password: 'pw',
      sentinelPassword: 'pw',
      db: 2,
    });
    // Its connection to a sentinel would keep the process from ending for two seconds if that went away first.
    client?.disconnect();
    await once(client as Redis, 'end');
  });

  it('makes a cluster of several hosts', () => {
    client = connect('rediss+cluster://me:pw@127.0.0.1:1,127.0.0.1:2');
    expect(client).toBeInstanceOf(Cluster);
    expect((client as Cluster).options.redisOptions).toMatchObject({ username: 'me', password: 'pw', tls: {} });
  });

  it.each(['redis://127.0.0.1:1', 'redis+cluster://127.0.0.1:1'])(
    'never queues a command behind an outage (%s)',
    async (url) => {
      optionsOf(url);
      await expect(client?.get('x')).rejects.toThrow(/isn't writeable|isn't ready|Connection is closed|max retries/i);
    },
  );

  it('repeats no command in a cluster after who sent it has given up', () => {
    expect(optionsOf('redis+cluster://127.0.0.1:1')).toMatchObject({
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
    });
  });

  it('does not fall over an answer to ASKING that nobody waits for', async () => {
    client = connect('redis+cluster://127.0.0.1:1');
    const node = { asking: () => Promise.reject(new Error("NOPERM … 'asking'")) };
    client.emit('+node', node);
    expect(await node.asking()).toBeUndefined();
  });
});

describeWithRedis('a database that may not be used', () => {
  const server = new OwnRedis();

  it('is refused, nothing is written to another, and it is used as soon as it may be', async () => {
    await server.start();
    try {
      await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', '~*', '+@all', '-select');
      const failures: string[] = [];
      client = connect(`redis://gateway:pw@127.0.0.1:${server.port}/3`);
      client.on('error', ({ message }) => failures.push(message));
      const written = async (): Promise<boolean> => (await client?.set('a', '1').catch(() => undefined)) === 'OK';
      await until('it to be tried again', async () => (await written()) || failures.length > 3);
      expect(failures[0]).toMatch(/NOPERM.*'select'/);
      expect(await server.command('DBSIZE')).toBe(0);
      await server.command('ACL', 'SETUSER', 'gateway', '+select');
      await until('it to be written', written);
      expect(await server.command('DBSIZE')).toBe(0);
      expect(await server.command('INFO', 'keyspace')).toMatch(/db3:keys=1/);
    } finally {
      await server.stop();
    }
  });
});
