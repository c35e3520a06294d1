import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Global, Inject, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Entries } from '../cache/entries.js';
import { Epochs } from '../cache/epochs.js';
import { memoryStore } from '../cache/memory-store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { OBSERVER } from '../observability/observability.tokens.js';
import { createPipeline } from './pipeline.js';
import type { Observer } from './stages/observe.stage.js';
import { Transport } from './transport.js';
import { LOGTO } from './upstream.tokens.js';

const PIPELINE = Symbol('PIPELINE');

type Pipeline = ReturnType<typeof createPipeline>;

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
      inject: [CONFIG],
      useFactory: ({ upstream }: Config) => new Transport({ ...upstream, endpoint: upstream.endpoint }),
    },
    {
      provide: PIPELINE,
      inject: [CONFIG, CACHE_MANAGER, Epochs, Transport, OBSERVER],
      useFactory: (config: Config, store: Cache, epochs: Epochs, transport: Transport, observer: Observer): Pipeline =>
        createPipeline({
          timeoutMs: config.upstream.timeoutMs,
          entries: new Entries(store, epochs),
          epochs,
          observer,
          token: {
            ...config.upstream,
            onBackgroundFailure: (error) => new Logger('MachineToken').warn(`renewing the token failed, the old one still works: ${String(error)}`),
          },
          transport: transport.exchange,
        }),
    },
    { provide: LOGTO, inject: [PIPELINE], useFactory: (pipeline: Pipeline) => pipeline.logto },
  ],
  exports: [LOGTO],
})
export class UpstreamModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Upstream');

  constructor(
    @Inject(PIPELINE) private readonly pipeline: Pipeline,
    private readonly transport: Transport,
  ) {}

  /** Fetches the first token ahead of the first caller. Starting up does not wait for Logto, nor fail without it. */
  onApplicationBootstrap(): void {
    this.pipeline.machineToken.current().catch((error: unknown) => this.#log.warn(`Logto gives no token yet: ${String(error)}`));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
