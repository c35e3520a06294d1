import { Global, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { MemoryCache } from '../cache/memory-cache.js';
import { SHARED_CACHE, type SharedCache } from '../cache/shared-cache.js';
import { WriteLog } from '../cache/write-log.js';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { OBSERVER } from '../observability/observability.tokens.js';
import { REDIS } from '../redis/redis.tokens.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { policyOf } from './freshness.js';
import { MachineToken } from './stages/machine-token.js';
import { createPipeline, createTokenPipeline } from './pipeline.js';
import { reportPolicies } from './report-policies.js';
import type { Observer } from '../observability/observer.js';
import { Transport } from './transport.js';
import { UpstreamPolicies } from './upstream-policies.js';
import { LOGTO } from './upstream.tokens.js';

const log = new Logger('Upstream');

/** Provides `LOGTO`: one function for all calls to Logto, with every policy applied. */
@Global()
@Module({
  providers: [
    {
      provide: Transport,
      inject: [CONFIG, ADDRESSES],
      // One connection more than the bulkhead admits calls, so that the token endpoint can always be called.
      useFactory: ({ upstream }: Config, { endpoint }: Addresses) =>
        new Transport({ ...upstream, endpoint, connections: upstream.connections + 1 }),
    },
    {
      provide: UpstreamPolicies,
      inject: [CONFIG, REDIS, Health, Metrics],
      useFactory: ({ upstream }: Config, redis: SharedRedis | undefined, health: Health, metrics: Metrics) => {
        const policies = new UpstreamPolicies(upstream, redis);
        reportPolicies(policies, health, metrics);
        return policies;
      },
    },
    {
      provide: MachineToken,
      inject: [CONFIG, UpstreamPolicies, Transport],
      useFactory: ({ upstream }: Config, { tokenCircuit: circuit }: UpstreamPolicies, transport: Transport) =>
        new MachineToken({
          ...upstream,
          send: createTokenPipeline({ timeoutMs: upstream.timeoutMs, circuit, transport: transport.exchange }),
          onBackgroundFailure: (error) =>
            log.warn(`could not renew the access token, the old one still works: ${String(error)}`),
        }),
    },
    {
      provide: LOGTO,
      inject: [CONFIG, MemoryCache, WriteLog, SHARED_CACHE, Transport, MachineToken, UpstreamPolicies, OBSERVER],
      useFactory: (
        { upstream, cache }: Config,
        memory: MemoryCache,
        writeLog: WriteLog,
        sharedCache: SharedCache | undefined,
        transport: Transport,
        machineToken: MachineToken,
        policies: UpstreamPolicies,
        observer: Observer,
      ) =>
        createPipeline({
          ...policies,
          timeoutMs: upstream.timeoutMs,
          deadline: { limitMs: upstream.deadlineMs, aggregateLimitMs: upstream.aggregateDeadlineMs },
          policyOf: policyOf(cache),
          missingMs: cache.missingMs,
          memory,
          writeLog,
          sharedCache,
          observer,
          machineToken,
          transport: transport.exchange,
        }),
    },
  ],
  exports: [LOGTO, MachineToken],
})
export class UpstreamModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly machineToken: MachineToken,
    private readonly transport: Transport,
  ) {}

  /** Fetches the first token before the first request. The start neither waits for Logto nor fails without it. */
  onApplicationBootstrap(): void {
    this.machineToken.get().catch((error: unknown) => log.warn(`Logto issues no access token yet: ${String(error)}`));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
