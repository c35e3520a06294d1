import { Global, Module } from '@nestjs/common';
import { Health } from './health.js';
import { Metrics } from './metrics.js';
import { OBSERVER } from './observability.tokens.js';
import { OperationsController } from './operations.controller.js';

/** Global: everything may be observed. */
@Global()
@Module({
  controllers: [OperationsController],
  providers: [
    Health,
    Metrics,
    { provide: OBSERVER, inject: [Metrics], useFactory: (metrics: Metrics) => metrics.observer },
  ],
  exports: [Health, Metrics, OBSERVER],
})
export class ObservabilityModule {}
