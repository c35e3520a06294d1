import { afterEach, describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { connect, type RedisClient } from './connect.js';

let client: RedisClient | undefined;
const optionsOf = (url: string) => {
  client = connect(url);
  client.on('error', () => undefined);
  return client.options as Record<string, unknown>;
};

describe('connecting to Redis', () => {
  afterEach(() => client?.disconnect());

  it('takes host, port, user, password and database from the address', () => {
    const options = optionsOf('redis://me:s%40fe@127.0.0.1:1/3');
    expect(client).toBeInstanceOf(Redis);
    expect(options).toMatchObject({ host: '127.0.0.1', port: 1, username: 'me', password: 's@fe', db: 3 });
    expect(options['tls']).toBeUndefined();
  });

  it('has the usual port and the first database unless told otherwise', () => {
    expect(optionsOf('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, db: 0 });
  });

  it('speaks TLS to rediss', () => {
    expect(optionsOf('rediss://127.0.0.1:1')).toMatchObject({ tls: {} });
  });

  it('asks sentinels for the master they are named', () => {
    expect(optionsOf('redis+sentinel://:pw@127.0.0.1:1,127.0.0.1/main/2')).toMatchObject({
      sentinels: [
        { host: '127.0.0.1', port: 1 },
        { host: '127.0.0.1', port: 26_379 },
      ],
      name: 'main',
      password: 'pw',
      db: 2,
    });
  });

  it('makes a cluster of several hosts', () => {
    client = connect('rediss+cluster://me:pw@127.0.0.1:1,127.0.0.1:2');
    client.on('error', () => undefined);
    expect(client).toBeInstanceOf(Cluster);
    expect((client as Cluster).options.redisOptions).toMatchObject({ username: 'me', password: 'pw', tls: {} });
  });

  it('never queues a command behind an outage', async () => {
    optionsOf('redis://127.0.0.1:1');
    await expect(client?.get('x')).rejects.toThrow(/Stream isn't writeable|Connection is closed|max retries/i);
  });
});
