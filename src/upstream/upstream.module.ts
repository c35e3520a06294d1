import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Global, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Entries } from '../cache/entries.js';
import { Epochs } from '../cache/epochs.js';
import { memoryStore } from '../cache/memory-store.js';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { OBSERVER } from '../observability/observability.tokens.js';
import { MachineToken } from './machine-token.js';
import { createPipeline, createTokenPipeline } from './pipeline.js';
import type { Observer } from './stages/observe.stage.js';
import { Transport } from './transport.js';
import { LOGTO } from './upstream.tokens.js';

const log = new Logger('Upstream');

/** Gives features `LOGTO`: one function that asks Logto anything, with every policy already around it. */
@Global()
@Module({
  imports: [
    CacheModule.registerAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => {
        const keyv = new Keyv({ store: memoryStore(config.cache.maxBytes) });
        // Entries stay objects in this process: writing them as text would copy and parse every hit.
        keyv.serialize = undefined;
        keyv.deserialize = undefined;
        return { stores: [keyv] };
      },
    }),
  ],
  providers: [
    Epochs,
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
      inject: [CONFIG, CACHE_MANAGER, Epochs, Transport, MachineToken, OBSERVER],
      useFactory: (
        { upstream, cache }: Config,
        store: Cache,
        epochs: Epochs,
        transport: Transport,
        machineToken: MachineToken,
        observer: Observer,
      ) =>
        createPipeline({
          timeoutMs: upstream.timeoutMs,
          deadlineMs: upstream.deadlineMs,
          entries: new Entries(cache.maxBytes > 0 ? store : undefined, epochs),
          epochs,
          observer,
          machineToken,
          transport: transport.exchange,
        }),
    },
  ],
  exports: [LOGTO, MachineToken, Epochs],
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
