import { CACHE_MANAGER, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { Global, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { observeCache } from './cache-observation.js';
import { Fence } from './fence.js';
import { Memory } from './memory.js';
import type { MemoryStore } from './memory-store.js';
import { PurgeController } from './purge.controller.js';
import { replicate, type Replication } from './replication.js';
import { SHARED_CACHE } from './shared-cache.js';
import { stores } from './stores.js';

const LONGEST_START_MS = 1000;

const REPLICATION = Symbol('REPLICATION');

/** The memory among Nest's stores. It is asked without Keyv between: a hit must not cost a promise. */
const memoryOf = (cache: Cache): MemoryStore => cache.stores[0]?.store as MemoryStore;

/** What is remembered of Logto's answers, in this process and, with Redis, between all replicas. */
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
    {
      provide: REPLICATION,
      inject: [REDIS, CACHE_MANAGER, Metrics, Health],
      useFactory: (redis: SharedRedis | undefined, cache: Cache, metrics: Metrics, health: Health) => {
        const replication = replicate(redis, cache.stores[1]);
        observeCache(memoryOf(cache), replication, metrics.registry, health);
        return replication;
      },
    },
    { provide: Fence, inject: [REPLICATION], useFactory: ({ fence }: Replication) => fence },
    { provide: SHARED_CACHE, inject: [REPLICATION], useFactory: ({ shared }: Replication) => shared },
    {
      provide: Memory,
      inject: [CACHE_MANAGER, Fence],
      useFactory: (cache: Cache, fence: Fence) => new Memory(memoryOf(cache), fence),
    },
  ],
  exports: [Fence, Memory, SHARED_CACHE],
})
export class CacheModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(REPLICATION) private readonly replication: Replication,
    @Inject(REDIS) private readonly redis: SharedRedis | undefined,
  ) {}

  /**
   * A write made before Redis is there would be told to nobody, and until it hears the others a replica does not trust its
   * memory. Without Redis it starts a second later.
   */
  async onApplicationBootstrap(): Promise<void> {
    await this.redis?.untilUsable(LONGEST_START_MS);
    if (this.redis?.usable) await this.replication.bulletin?.untilSure(LONGEST_START_MS);
  }

  /** Before the module of Redis closes the connection this is said over: Nest ends the modules that were imported last first. */
  async onApplicationShutdown(): Promise<void> {
    await this.replication.bulletin?.close();
  }
}
