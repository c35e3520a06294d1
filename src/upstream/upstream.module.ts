import { Global, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Fence } from '../cache/fence.js';
import { Memory } from '../cache/memory.js';
import { SHARED_CACHE, type SharedCache } from '../cache/shared-cache.js';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { OBSERVER } from '../observability/observability.tokens.js';
import { policyOf } from './freshness.js';
import { MachineToken } from './machine-token.js';
import { createPipeline, createTokenPipeline } from './pipeline.js';
import type { Observer } from './stages/observe.stage.js';
import { Transport } from './transport.js';
import { LOGTO } from './upstream.tokens.js';

const log = new Logger('Upstream');

/** Gives features `LOGTO`: one function that asks Logto anything, with every policy already around it. */
@Global()
@Module({
  providers: [
    {
      provide: Transport,
      inject: [CONFIG, ADDRESSES],
      useFactory: ({ upstream }: Config, { endpoint }: Addresses) => new Transport({ ...upstream, endpoint }),
    },
    {
      provide: MachineToken,
      inject: [CONFIG, Transport],
      useFactory: ({ upstream }: Config, transport: Transport) =>
        new MachineToken({
          ...upstream,
          send: createTokenPipeline(upstream.timeoutMs, transport.exchange),
          onBackgroundFailure: (error) =>
            log.warn(`renewing the token failed, the old one still works: ${String(error)}`),
        }),
    },
    {
      provide: LOGTO,
      inject: [CONFIG, Memory, Fence, SHARED_CACHE, Transport, MachineToken, OBSERVER],
      useFactory: (
        { upstream, cache }: Config,
        memory: Memory,
        fence: Fence,
        sharedCache: SharedCache | undefined,
        transport: Transport,
        machineToken: MachineToken,
        observer: Observer,
      ) =>
        createPipeline({
          timeoutMs: upstream.timeoutMs,
          deadlineMs: upstream.deadlineMs,
          policyOf: policyOf(cache),
          missingMs: cache.missingMs,
          memory,
          fence,
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

  /** Fetches the first token ahead of the first caller. Starting up does not wait for Logto, nor fail without it. */
  onApplicationBootstrap(): void {
    this.machineToken.current().catch((error: unknown) => log.warn(`Logto gives no token yet: ${String(error)}`));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
