import { CACHE_MANAGER, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Cache } from 'cache-manager';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import type { Leases } from '../redis/lease.js';
import { LEASES, REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { observeCache } from './cache-observation.js';
import { Memory } from './memory.js';
import type { MemoryStore } from './memory-store.js';
import { PurgeController } from './purge.controller.js';
import { SHARED_CACHE, SharedCache } from './shared-cache.js';
import { SharedLog } from './shared-log.js';
import { stores } from './stores.js';
import { VisibilityInterceptor } from './visibility.interceptor.js';
import { WriteLog } from './write-log.js';

/** What a write may take beside Logto: waiting for Redis' word before and after it. */
const BESIDE_LOGTO_MS = 2000;

/** The memory among Nest's stores. It is asked without Keyv between: a hit must not cost a promise. */
const memoryOf = (cache: Cache): MemoryStore => cache.stores[0]?.store as MemoryStore;

const writeLogOf = (
  { cache, redis: { coherenceMs, refusesAlone }, upstream }: Config,
  redis: SharedRedis | undefined,
) => {
  const longestWriteMs = upstream.deadlineMs + BESIDE_LOGTO_MS;
  const lives = Object.values(cache.lifetimes).map(({ freshMs, staleMs }) => freshMs + staleMs);
  // A fresh lifetime is a tenth longer for some.
  const keptMs = 1.2 * Math.max(...lives) + longestWriteMs;
  const log = redis && new SharedLog(redis, Math.ceil(keptMs));
  return new WriteLog({ log, windowMs: coherenceMs, longestWriteMs, refuses: refusesAlone });
};

/** What is remembered of Logto's answers, in this process and, with Redis, between all replicas. See write-log.ts. */
@Global()
@Module({
  imports: [
    NestCacheModule.registerAsync({
      inject: [CONFIG, REDIS],
      useFactory: ({ cache }: Config, redis: SharedRedis | undefined) => ({
        stores: stores(cache.maxBytes - cache.edgeBytes, redis),
      }),
    }),
  ],
  controllers: [PurgeController],
  providers: [
    { provide: WriteLog, inject: [CONFIG, REDIS], useFactory: writeLogOf },
    {
      provide: SHARED_CACHE,
      inject: [CACHE_MANAGER, WriteLog, LEASES, Metrics, Health],
      useFactory: (cache: Cache, writeLog: WriteLog, leases: Leases | undefined, metrics: Metrics, health: Health) => {
        const {
          stores: [, store],
        } = cache;
        const { versions, reader } = writeLog;
        const shared = store && leases && reader && new SharedCache(store, leases, versions, reader);
        observeCache({ memory: memoryOf(cache), writeLog, shared }, metrics.registry, health);
        return shared;
      },
    },
    {
      provide: Memory,
      inject: [CACHE_MANAGER, WriteLog],
      useFactory: (cache: Cache, { versions }: WriteLog) => new Memory(memoryOf(cache), versions),
    },
    { provide: APP_INTERCEPTOR, useClass: VisibilityInterceptor },
  ],
  exports: [WriteLog, Memory, SHARED_CACHE],
})
export class CacheModule implements OnApplicationBootstrap {
  constructor(private readonly writeLog: WriteLog) {}

  /** A replica begins by reading the log, so that it can use what others have read. */
  async onApplicationBootstrap(): Promise<void> {
    await this.writeLog.catchUp();
  }
}
