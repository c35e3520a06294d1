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

  it('reads host, port, user, password and database from the URL', () => {
    const options = optionsOf('redis://me:s%40fe@127.0.0.1:1/3');
    expect(client).toBeInstanceOf(Redis);
    expect(options).toMatchObject({ host: '127.0.0.1', port: 1, username: 'me', password: 's@fe', db: 3 });
    expect(options['tls']).toBeUndefined();
  });

  it('uses the default port and database 0 by default', () => {
    expect(optionsOf('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, db: 0 });
  });

  it('accepts a percent sign that encodes nothing', () => {
    expect(optionsOf('redis://:100%@127.0.0.1:1')).toMatchObject({ password: '100%' });
  });

  it('uses TLS for rediss, in any case', () => {
    expect(optionsOf('REDISS://127.0.0.1:1')).toMatchObject({ host: '127.0.0.1', port: 1, tls: {} });
  });

  it('asks the sentinels for the master, with the same password for both', async () => {
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
    // Otherwise its connection to the sentinel would keep the process alive for two seconds.
    client?.disconnect();
    await once(client as Redis, 'end');
  });

  it('creates a cluster client for several hosts', () => {
    client = connect('rediss+cluster://me:pw@127.0.0.1:1,127.0.0.1:2');
    expect(client).toBeInstanceOf(Cluster);
    expect((client as Cluster).options.redisOptions).toMatchObject({ username: 'me', password: 'pw', tls: {} });
  });

  it.each(['redis://127.0.0.1:1', 'redis+cluster://127.0.0.1:1'])(
    'does not queue commands during an outage (%s)',
    async (url) => {
      optionsOf(url);
      await expect(client?.get('x')).rejects.toThrow(/isn't writeable|isn't ready|Connection is closed|max retries/i);
    },
  );

  it('does not send a command to a cluster again after its caller has given up', () => {
    expect(optionsOf('redis+cluster://127.0.0.1:1')).toMatchObject({
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
    });
  });

  it('handles the rejection of ASKING', async () => {
    client = connect('redis+cluster://127.0.0.1:1');
    const node = { asking: () => Promise.reject(new Error("NOPERM … 'asking'")) };
    client.emit('+node', node);
    expect(await node.asking()).toBeUndefined();
  });
});

describeWithRedis('a database that the user may not select', () => {
  const server = new OwnRedis();

  it('is an error, nothing is written to another one, and it is used as soon as the user may', async () => {
    await server.start();
    try {
      await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', '~*', '+@all', '-select');
      const failures: string[] = [];
      client = connect(`redis://gateway:pw@127.0.0.1:${server.port}/3`);
      client.on('error', ({ message }) => failures.push(message));
      const written = async (): Promise<boolean> => (await client?.set('a', '1').catch(() => undefined)) === 'OK';
      await until('another attempt', async () => (await written()) || failures.length > 3);
      expect(failures[0]).toMatch(/NOPERM.*'select'/);
      expect(await server.command('DBSIZE')).toBe(0);
      await server.command('ACL', 'SETUSER', 'gateway', '+select');
      await until('the write to succeed', written);
      expect(await server.command('DBSIZE')).toBe(0);
      expect(await server.command('INFO', 'keyspace')).toMatch(/db3:keys=1/);
    } finally {
      await server.stop();
    }
  });
});
