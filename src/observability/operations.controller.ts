import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { ANYONE } from '../access/permissions.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { Problem } from '../http/problem.js';
import { Health } from './health.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

@ApiTags('Operations')
@Controller()
export class OperationsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly health: Health,
  ) {}

  @Get('health/live')
  @Operation({
    id: 'getLiveness',
    summary: 'Is the process alive?',
    access: ANYONE,
    answer: { status: 200, description: 'It is.', type: LivenessDto },
  })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Operation({
    id: 'getReadiness',
    summary: 'Can requests be served?',
    description:
      'Not once the process was told to stop, nor while Logto does not answer or gives the gateway no token, unless `READY_REQUIRES` says otherwise. `details` says how the parts do, either way.',
    access: ANYONE,
    answer: { status: 200, description: 'They can.', type: ReadinessDto },
    problems: ['bad-gateway', 'unavailable', 'overloaded', 'timeout'],
  })
  async ready(): Promise<ReadinessDto> {
    const objection = await this.readiness.objection();
    const details = this.health.details();
    if (objection) throw new Problem(objection.kind, objection.detail, { ...objection.options, details });
    return { status: 'ok', upstream: this.config.upstream.sandbox ? 'sandbox' : 'logto', details };
  }

  @Get('metrics')
  @ApiExcludeEndpoint()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation({
    id: 'getMetrics',
    summary: 'Metrics for Prometheus',
    access: ANYONE,
    produces: 'text/plain',
    answer: { status: 200, description: 'The metrics.' },
  })
  prometheus(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
