import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { ANYONE } from '../access/permissions.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { MachineToken } from '../upstream/machine-token.js';
import { Health } from './health.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Metrics } from './metrics.js';

@ApiTags('Operations')
@Controller()
export class OperationsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly token: MachineToken,
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
    description: 'Yes, while the gateway holds or gets a token for Logto.',
    access: ANYONE,
    answer: { status: 200, description: 'They can.', type: ReadinessDto },
    problems: ['bad-gateway', 'unavailable', 'timeout'],
  })
  async ready(): Promise<ReadinessDto> {
    await this.token.current();
    return {
      status: 'ok',
      upstream: this.config.upstream.sandbox ? 'sandbox' : 'logto',
      details: this.health.details(),
    };
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
