import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { HealthDetail } from './health.js';

@ApiSchema({ name: 'Liveness' })
export class LivenessDto {
  @ApiProperty({ description: 'The process answers.', enum: ['ok'], example: 'ok' })
  status: 'ok';
}

@ApiSchema({ name: 'Readiness' })
export class ReadinessDto extends LivenessDto {
  @ApiProperty({
    description: 'Whether a real Logto is behind the gateway, or the built-in sandbox.',
    enum: ['logto', 'sandbox'],
    example: 'sandbox',
  })
  upstream: 'logto' | 'sandbox';

  @ApiProperty({
    description: 'What the parts of the gateway say of themselves, by name.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { redis: { status: 'ok', failures: 0 } },
  })
  details: Record<string, HealthDetail>;
}
