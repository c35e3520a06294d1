import { Global, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Memory } from '../cache/memory.js';
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
import { MachineToken } from './machine-token.js';
import { createPipeline, createTokenPipeline } from './pipeline.js';
import { reportPolicies } from './report-policies.js';
import type { Observer } from './stages/observe.stage.js';
import { Transport } from './transport.js';
import { UpstreamPolicies } from './upstream-policies.js';
import { LOGTO } from './upstream.tokens.js';

const log = new Logger('Upstream');

/** Gives features `LOGTO`: one function that asks Logto anything, with every policy already around it. */
@Global()
@Module({
  providers: [
    {
      provide: Transport,
      inject: [CONFIG, ADDRESSES],
      // One connection more than calls may be under way: the token endpoint waits for nobody.
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
            log.warn(`renewing the token failed, the old one still works: ${String(error)}`),
        }),
    },
    {
      provide: LOGTO,
      inject: [CONFIG, Memory, WriteLog, SHARED_CACHE, Transport, MachineToken, UpstreamPolicies, OBSERVER],
      useFactory: (
        { upstream, cache }: Config,
        memory: Memory,
        writeLog: WriteLog,
        sharedCache: SharedCache | undefined,
        transport: Transport,
        machineToken: MachineToken,
        { circuit, room, purse }: UpstreamPolicies,
        observer: Observer,
      ) =>
        createPipeline({
          timeoutMs: upstream.timeoutMs,
          deadline: { limitMs: upstream.deadlineMs, aggregateLimitMs: upstream.aggregateDeadlineMs },
          policyOf: policyOf(cache),
          missingMs: cache.missingMs,
          memory,
          writeLog,
          sharedCache,
          observer,
          machineToken,
          circuit,
          room,
          purse,
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

  /** Fetches the first token ahead of the first caller. Starting up does not wait for Logto, nor fail without it. */
  onApplicationBootstrap(): void {
    this.machineToken.current().catch((error: unknown) => log.warn(`Logto gives no token yet: ${String(error)}`));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
