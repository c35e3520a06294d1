import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { OBSERVER } from './observability.tokens.js';
import { OperationsController } from './operations.controller.js';

/** Global: everything may be observed. */
@Global()
@Module({
  controllers: [OperationsController],
  providers: [Metrics, { provide: OBSERVER, inject: [Metrics], useFactory: (metrics: Metrics) => metrics.observer }],
  exports: [OBSERVER],
})
export class ObservabilityModule {}
