import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { HealthDetail } from '../observability/health.js';

@ApiSchema({ name: 'Liveness' })
export class LivenessDto {
  @ApiProperty({ description: 'Always `ok`; a failed check is a problem.', enum: ['ok'], example: 'ok' })
  status: 'ok';
}

@ApiSchema({ name: 'Readiness' })
export class ReadinessDto extends LivenessDto {
  @ApiProperty({
    description: 'Whether the gateway uses a real Logto or the built-in sandbox.',
    enum: ['logto', 'sandbox'],
    example: 'sandbox',
  })
  upstream: 'logto' | 'sandbox';

  @ApiProperty({
    description: 'State of each component of the gateway, by name.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { redis: { status: 'ok', failures: 0 } },
  })
  details: Record<string, HealthDetail>;
}
