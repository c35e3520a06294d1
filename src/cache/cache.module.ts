import { CACHE_MANAGER, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import type { Leases } from '../redis/lease.js';
import { LEASES, REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { observeCache } from './cache-observation.js';
import { MemoryCache } from './memory-cache.js';
import type { MemoryStore } from './memory-store.js';
import { SHARED_CACHE, SharedCache } from './shared-cache.js';
import { SharedLog } from './shared-log.js';
import { stores } from './stores.js';
import { WriteLog } from './write-log.js';

/** How long a write may take in addition to its call to Logto: it appends a record before and after. */
const APPENDS_MS = 2000;

/** The memory store among Nest's stores. It is used without Keyv, because a hit must not cost a promise. */
const memoryStoreOf = (cache: Cache): MemoryStore => cache.stores[0]?.store as MemoryStore;

const writeLogOf = (
  { cache, redis: { coherenceMs, refuseWritesWhenDown }, upstream }: Config,
  redis: SharedRedis | undefined,
) => {
  const maxWriteMs = upstream.deadlineMs + APPENDS_MS;
  const lifetimesMs = Object.values(cache.lifetimes).map(({ freshMs, staleMs }) => freshMs + staleMs);
  // More than the longest lifetime, which jitter extends by up to a tenth.
  const retentionMs = 1.2 * Math.max(...lifetimesMs) + maxWriteMs;
  const log = redis && new SharedLog(redis, Math.ceil(retentionMs));
  return new WriteLog({ log, windowMs: coherenceMs, maxWriteMs, refusesAlone: refuseWritesWhenDown });
};

/** The cache of Logto's replies: in this process and, with Redis, shared by all replicas. See write-log.ts. */
@Global()
@Module({
  imports: [
    NestCacheModule.registerAsync({
      inject: [CONFIG, REDIS],
      useFactory: ({ cache }: Config, redis: SharedRedis | undefined) => ({
        stores: stores(cache.maxBytes - cache.responseCacheBytes, redis),
      }),
    }),
  ],
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
        observeCache({ memory: memoryStoreOf(cache), writeLog, shared }, metrics.registry, health);
        return shared;
      },
    },
    {
      provide: MemoryCache,
      inject: [CACHE_MANAGER, WriteLog],
      useFactory: (cache: Cache, { versions }: WriteLog) => new MemoryCache(memoryStoreOf(cache), versions),
    },
  ],
  exports: [WriteLog, MemoryCache, SHARED_CACHE],
})
export class CacheModule implements OnApplicationBootstrap {
  constructor(private readonly writeLog: WriteLog) {}

  /** Reads the log at the start, so that the replica can use entries that others have stored. */
  async onApplicationBootstrap(): Promise<void> {
    await this.writeLog.catchUp();
  }
}
