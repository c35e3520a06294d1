import { Global, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { CALLER_LIMIT, AUTH_FAILURE_LIMIT } from './limits.tokens.js';
import { RateLimiter } from './rate-limiter.js';

/** The rate limits. Global, because every way to answer a request checks them first. */
@Global()
@Module({
  providers: [
    {
      provide: CALLER_LIMIT,
      inject: [CONFIG, REDIS],
      useFactory: async ({ limits }: Config, redis: SharedRedis | undefined) => {
        const rate = limits.callers;
        if (!rate) return undefined;
        if (!redis) return new RateLimiter({ name: 'default', rate });
        const { SharedCounts } = await import('./shared-counts.js');
        return new RateLimiter({ name: 'default', rate, onTake: new SharedCounts(redis, rate).record });
      },
    },
    {
      // Not shared by replicas, because it protects the process and not Logto.
      provide: AUTH_FAILURE_LIMIT,
      inject: [CONFIG],
      useFactory: ({ limits }: Config) =>
        limits.authFailures && new RateLimiter({ name: 'failed-authentication', rate: limits.authFailures }),
    },
  ],
  exports: [CALLER_LIMIT, AUTH_FAILURE_LIMIT],
})
export class LimitsModule {}
