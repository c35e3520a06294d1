import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { describeWithRedis, REDIS_URL } from '../../test/support/redis.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { connect } from './connect.js';
import { SharedRedis } from './shared-redis.js';

describeWithRedis('a connection for subscriptions', () => {
  it('comes back though it is lost each time just when it is there, and nothing is left unhandled', async () => {
    const wire = new TcpProxy(Number(new URL(REDIS_URL).port));
    await wire.start();
    const client = connect(`redis://127.0.0.1:${wire.port}`);
    const redis = new SharedRedis({ client, prefix: 'shared-redis-spec', timeoutMs: 400 });
    const listener = redis.duplicate();
    listener.on('error', () => undefined);
    try {
      await once(listener, 'ready');
      await listener.subscribe(redis.key('channel'));
      let losses = 0;
      listener.on('ready', () => {
        losses += 1;
        if (losses <= 3) wire.cut();
      });
      wire.cut();
      // A promise that fails and that nobody waits for fails this test; in production it would end the process.
      await until('it to be there to stay', () => losses === 4 && listener.status === 'ready');
      expect(await listener.subscribe(redis.key('channel'))).toBe(1);
    } finally {
      listener.disconnect();
      redis.close();
      await wire.close();
    }
  });
});
