import { createHash } from 'node:crypto';
import {
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Leases } from './lease.js';
import { LEASES, REDIS } from './redis.tokens.js';
import { rightsFor } from './rights.js';
import { SharedRedis } from './shared-redis.js';

const LONGEST_START_MS = 1000;

const log = new Logger('Redis');

/** Gateways in front of one Logto share what they know; in front of different ones they must not. */
const prefixOf = ({ redis }: Config, { endpoint }: Addresses): string =>
  redis.prefix ?? `org-gateway:${createHash('sha256').update(endpoint).digest('hex').slice(0, 8)}`;

/** What all replicas share, where `REDIS_URL` names a Redis. */
@Global()
@Module({
  providers: [
    {
      provide: REDIS,
      inject: [CONFIG, ADDRESSES, Health],
      useFactory: async (config: Config, addresses: Addresses, health: Health) => {
        const { url, timeoutMs } = config.redis;
        if (!url) return undefined;
        // The client is loaded by those who have a Redis only.
        const { connect } = await import('./connect.js');
        const redis = new SharedRedis({
          client: connect(url),
          prefix: prefixOf(config, addresses),
          timeoutMs,
          rights: rightsFor(config),
          onChange: ({ status, lastFailure }) =>
            status === 'ok' ? log.log('Redis answers') : log.warn(`Redis is not available: ${lastFailure}`),
          onRefusal: (cause) => log.warn(`Redis refuses a command: ${cause}`),
        });
        health.report('redis', () => ({ ...redis.state }));
        return redis;
      },
    },
    {
      provide: LEASES,
      inject: [REDIS],
      useFactory: (redis: SharedRedis | undefined) => redis && new Leases(redis),
    },
  ],
  exports: [REDIS, LEASES],
})
export class RedisModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(REDIS) private readonly redis: SharedRedis | undefined,
    @Inject(LEASES) private readonly leases: Leases | undefined,
  ) {}

  /** Without Redis the gateway starts a second later. */
  async onApplicationBootstrap(): Promise<void> {
    await this.redis?.untilBack(LONGEST_START_MS);
    await this.leases?.begin();
  }

  onApplicationShutdown(): void {
    this.redis?.close();
  }
}
