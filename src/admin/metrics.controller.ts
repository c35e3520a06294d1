import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ANYONE } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { Metrics } from '../observability/metrics.js';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation({
    id: 'getMetrics',
    summary: 'Get metrics for Prometheus',
    access: ANYONE,
    produces: 'text/plain',
    answer: { status: 200, description: 'The metrics.' },
  })
  prometheus(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
