import { Global, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { CALLER_LIMIT, STRANGER_LIMIT } from './limits.tokens.js';
import { RateLimiter } from './rate-limiter.js';

/** How much one caller may ask. Global: whatever answers asks it first. */
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
        return new RateLimiter({ name: 'default', rate, onTake: new SharedCounts(redis, rate).note });
      },
    },
    {
      // Each replica for itself: it protects the process, not Logto.
      provide: STRANGER_LIMIT,
      inject: [CONFIG],
      useFactory: ({ limits }: Config) =>
        limits.strangers && new RateLimiter({ name: 'failed-authentication', rate: limits.strangers }),
    },
  ],
  exports: [CALLER_LIMIT, STRANGER_LIMIT],
})
export class LimitsModule {}
