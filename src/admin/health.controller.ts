import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ANYONE } from '../access/permissions.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { Operation } from '../http/operation/operation.js';
import { Problem } from '../http/problems/problem.js';
import { Health } from '../observability/health.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Readiness } from './readiness.js';

@ApiTags('Operations')
@Controller()
export class HealthController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly health: Health,
  ) {}

  @Get('health/live')
  @Operation({
    id: 'getLiveness',
    summary: 'Check that the process is alive',
    access: ANYONE,
    answer: { status: 200, description: 'The process is alive.', type: LivenessDto },
  })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Operation({
    id: 'getReadiness',
    summary: 'Check that the process can serve requests',
    description:
      'Fails while the process shuts down, and while Logto does not answer or refuses the gateway a token, unless `READY_REQUIRES` says otherwise. `details` has the state of each component in either case.',
    access: ANYONE,
    answer: { status: 200, description: 'The process can serve requests.', type: ReadinessDto },
    problems: ['bad-gateway', 'unavailable', 'overloaded', 'timeout'],
  })
  async ready(): Promise<ReadinessDto> {
    const problem = await this.readiness.problem();
    const details = this.health.details();
    if (problem) throw new Problem(problem.kind, problem.detail, { ...problem.options, details });
    return { status: 'ok', upstream: this.config.upstream.sandbox ? 'sandbox' : 'logto', details };
  }
}
