import { Global, Module } from '@nestjs/common';
import { Health } from './health.js';
import { Metrics } from './metrics.js';
import { OBSERVER } from './observability.tokens.js';

/** Global, because every component may report its state. */
@Global()
@Module({
  providers: [
    Health,
    Metrics,
    { provide: OBSERVER, inject: [Metrics], useFactory: (metrics: Metrics) => metrics.observer },
  ],
  exports: [Health, Metrics, OBSERVER],
})
export class ObservabilityModule {}
