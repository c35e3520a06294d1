import { ApiProperty, ApiSchema } from '@nestjs/swagger';

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
}
