import { Global, Module } from '@nestjs/common';
import { Health } from './health.js';
import { Metrics } from './metrics.js';
import { OBSERVER } from './observability.tokens.js';
import { LogtoStatusUpstream } from './logto-status.upstream.js';
import { OperationsController } from './operations.controller.js';
import { Readiness } from './readiness.js';

/** Global: everything may be observed. */
@Global()
@Module({
  controllers: [OperationsController],
  providers: [
    Health,
    LogtoStatusUpstream,
    Metrics,
    Readiness,
    { provide: OBSERVER, inject: [Metrics], useFactory: (metrics: Metrics) => metrics.observer },
  ],
  exports: [Health, Metrics, OBSERVER],
})
export class ObservabilityModule {}
