import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { LogtoStatusUpstream } from './logto-status.upstream.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';

/** Health checks and metrics, for orchestrators and monitoring. */
@Module({ controllers: [HealthController, MetricsController], providers: [LogtoStatusUpstream, Readiness] })
export class AdminModule {}
