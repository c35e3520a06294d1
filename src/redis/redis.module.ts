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

const MAX_START_DELAY_MS = 1000;

const log = new Logger('Redis');

/** Depends on Logto's address: gateways share their data only when they are in front of the same Logto. */
const prefixOf = ({ redis }: Config, { endpoint }: Addresses): string =>
  redis.prefix ?? `org-gateway:${createHash('sha256').update(endpoint).digest('hex').slice(0, 8)}`;

/** The Redis that all replicas share, if `REDIS_URL` is set. */
@Global()
@Module({
  providers: [
    {
      provide: REDIS,
      inject: [CONFIG, ADDRESSES, Health],
      useFactory: async (config: Config, addresses: Addresses, health: Health) => {
        const { url, timeoutMs } = config.redis;
        if (!url) return undefined;
        // Loads ioredis only when it is needed.
        const { connect } = await import('./connect.js');
        const redis = new SharedRedis({
          client: connect(url),
          prefix: prefixOf(config, addresses),
          timeoutMs,
          rights: rightsFor(config),
          onChange: ({ status, lastFailure }) =>
            status === 'ok' ? log.log('Redis is available') : log.warn(`Redis is not available: ${lastFailure}`),
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

  /** Delays the start by a second at most when Redis is down. */
  async onApplicationBootstrap(): Promise<void> {
    await this.redis?.untilAvailable(MAX_START_DELAY_MS);
    await this.leases?.begin();
  }

  onApplicationShutdown(): void {
    this.redis?.close();
  }
}
